internal import Foundation
internal import GatehouseConfig
internal import Testing

@Suite("Files that others can change")
struct FileExposureTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func set(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func problems(mode: Int = 0o600) throws -> [String] {
        let path = try fixture.write(ConfigFixture.minimal([:]), to: "gatehouse.toml", mode: mode)
        do {
            _ = try Configuration.load(path: path, environment: [:])
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("a configuration that everybody can write is refused with the command that helps", arguments: [0o666, 0o602])
    func file(mode: Int) throws {
        let problems = try problems(mode: mode)
        #expect(problems.count == 1)
        #expect(problems.first?.hasSuffix("run: chmod o-w \(fixture.folder)/gatehouse.toml") == true, "\(problems)")
        for mode in [0o600, 0o640, 0o644, 0o664, 0o444] { #expect(try self.problems(mode: mode) == []) }
    }

    @Test("a configuration and keys that everybody can replace are refused; the sticky bit is enough for one's own")
    func folder() throws {
        try set(0o777, fixture.folder)
        var found = try problems()
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("run: chmod o-w \(fixture.folder)") == true, "\(found)")
        try set(0o1777, fixture.folder)
        #expect(try problems() == [])
        try set(0o700, fixture.folder)
        try set(0o777, fixture.folder + "/keys")
        found = try problems()
        #expect(found.count == 2, "both keys")
        #expect(found.allSatisfy { $0.hasSuffix("run: chmod o-w \(fixture.folder)/keys") }, "\(found)")
        // A link into such a folder is no better than the folder.
        try FileManager.default.createDirectory(atPath: fixture.folder + "/open", withIntermediateDirectories: false)
        try fixture.write(ConfigFixture.lookupKey, to: "open/lookup")
        try FileManager.default.removeItem(atPath: fixture.folder + "/keys/lookup")
        try FileManager.default.createSymbolicLink(
            atPath: fixture.folder + "/keys/lookup", withDestinationPath: "../open/lookup")
        try set(0o700, fixture.folder + "/keys")
        #expect(try problems() == [])
        try set(0o777, fixture.folder + "/open")
        #expect(try problems().first?.hasSuffix("/open") == true)
    }

    @Test("in a folder with the sticky bit a file of another user is refused", .enabled(if: geteuid() == 0))
    func foreign() throws {
        try set(0o1777, fixture.folder)
        let path = try fixture.write(ConfigFixture.minimal([:]), to: "foreign.toml")
        try FileManager.default.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: path)
        #expect(FileExposure.problem(ofFile: path)?.hasSuffix("run: chown root \(path)") == true)
        try set(0o755, fixture.folder)
        #expect(FileExposure.problem(ofFile: path) == nil, "nobody but its owner and root can change or replace it")
    }

    @Test("nobody can change what lies on a read-only mount, as a ConfigMap of Kubernetes does")
    func readOnlyMount() throws {
        let path = try fixture.write("", to: "mounted.toml", mode: 0o666)
        try set(0o777, fixture.folder)
        #expect(FileExposure.problem(ofFile: path, isReadOnly: { _ in false }) != nil)
        #expect(FileExposure.problem(ofFile: path, isReadOnly: { _ in true }) == nil)
        #expect(!FileExposure.isSealed(path))
    }
}
