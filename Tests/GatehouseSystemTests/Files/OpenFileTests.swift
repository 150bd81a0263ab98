import Foundation
import GatehouseSystem
import Glibc
import Testing

@Suite("Files that are read")
struct OpenFileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func made(_ octets: [UInt8]) throws -> String {
        let path = folder.appendingPathComponent(UUID().uuidString).path
        try Data(octets).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("come whole up to the limit, and not at all beyond it")
    func limit() throws {
        let path = try made(Array(repeating: 7, count: 200_000))
        #expect(try OpenFile(path).readAll(limit: 200_000).count == 200_000)
        #expect(throws: FileFault.tooLong(limit: 199_999)) { try OpenFile(path).readAll(limit: 199_999) }
        #expect(try OpenFile(made([])).readAll(limit: 0) == [])
        #expect("\(FileFault.tooLong(limit: 3))" == "has more than 3 octets")
    }

    @Test("can be read from any place, and again from the beginning")
    func places() throws {
        let file = try OpenFile(made(Array("abcdef".utf8)))
        #expect(try file.octets(at: 2, count: 3) == Array("cde".utf8))
        #expect(try file.octets(at: 5, count: 3) == Array("f".utf8))
        #expect(try file.octets(at: 9, count: 3) == [])
        #expect(try file.piece() == Array("abcdef".utf8))
        #expect(try file.piece() == [])
        try file.rewind()
        #expect(try file.piece().count == 6)
    }

    @Test("tell what they are, and whether they changed")
    func status() throws {
        let path = try made([1, 2])
        unsafe chmod(path, 0o640)
        let before = try OpenFile(path).status()
        #expect(before.isRegular && before.permissions == 0o640 && before.size == 2)
        #expect(try OpenFile(path).status() == before)
        #expect(try !OpenFile(folder.path).status().isRegular)
        try Data([3]).write(to: URL(fileURLWithPath: path))
        #expect(try OpenFile(path).status() != before)
    }

    @Test("say why they cannot be opened, and never wait for a pipe that nobody writes to")
    func refused() throws {
        #expect(throws: FileFault.system(ENOENT)) { _ = try OpenFile(folder.path + "/none").status() }
        #expect(throws: FileFault.zeroOctet) { _ = try OpenFile(folder.path + "\u{0}").status() }
        let pipe = folder.path + "/pipe"
        let result = unsafe mkfifo(pipe, 0o600)
        #expect(result == 0)
        #expect(try !OpenFile(pipe).status().isRegular)
        #expect(try OpenFile(pipe).readAll(limit: 1) == [])
    }
}
