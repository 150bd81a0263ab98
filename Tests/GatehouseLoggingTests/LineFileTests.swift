import Foundation
import GatehouseLogging
import GatehouseTestSupport
import Glibc
import Testing

@Suite("A file of lines")
struct LineFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("lines") }

    init() throws { folder = try TemporaryFolder() }

    private func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("is made for its owner only, and stays open")
    func appends() throws {
        var file = LineFile(.file(path: path))
        try file.append(Array("one\n".utf8))
        try file.append(Array("two\n".utf8))
        #expect(try text() == "one\ntwo\n")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("is its folder's owner's when root makes it, as the daemon has to write it", .enabled(if: geteuid() == 0))
    func owner() throws {
        let daemon: uid_t = 65_532
        #expect(unsafe chown(folder.file("."), daemon, daemon) == 0)
        var file = LineFile(.file(path: path))
        try file.append(Array("one\n".utf8))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_uid == daemon)
        // What was there before keeps its owner.
        #expect(unsafe chown(path, 0, 0) == 0)
        var again = LineFile(.file(path: path))
        try again.append(Array("two\n".utf8))
        #expect(unsafe stat(path, &status) == 0 && status.st_uid == 0)
    }

    @Test("ends a line that another process could not finish")
    func torn() throws {
        try folder.write("whole\nto", to: "lines")
        var file = LineFile(.file(path: path))
        try file.append(Array("next\n".utf8))
        try file.append(Array("after\n".utf8))
        #expect(try text() == "whole\nto\nnext\nafter\n")
    }

    @Test("is opened anew when it was moved away")
    func moved() throws {
        var file = LineFile(.file(path: path))
        try file.append(Array("one\n".utf8))
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("old"))
        try file.append(Array("two\n".utf8))
        #expect(try text() == "two\n")
        #expect(try String(contentsOfFile: folder.file("old"), encoding: .utf8) == "one\n")
    }

    @Test("says in the system's words why it cannot be written")
    func faults() throws {
        var full = LineFile(.file(path: "/dev/full"))
        #expect(throws: LineFile.Fault.self) { try full.append(Array("one\n".utf8)) }
        var nowhere = LineFile(.file(path: folder.file("none/lines")))
        do {
            try nowhere.open()
            Issue.record("opened")
        } catch {
            #expect(error.description == "No such file or directory")
        }
    }
}
