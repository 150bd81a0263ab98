import Foundation
import GatehouseCrypto
import GatehouseLogging
import GatehouseTestSupport
import Testing

@Suite("A chained file")
struct ChainTests {
    private let folder: TemporaryFolder
    private let key: TagKey
    private var path: String { folder.file("audit") }

    init() throws {
        folder = try TemporaryFolder()
        key = try LookupKey([UInt8](repeating: 7, count: 32)).makeAuditKey()
    }

    private func makeFile() -> LineFile { LineFile(.file(path: path, chain: key)) }

    private func write(_ numbers: ClosedRange<Int>) throws {
        var file = makeFile()
        for number in numbers { try file.append(Array("{\"line\":\"\(number)\"}\n".utf8)) }
    }

    private func lines(_ name: String = "audit") throws -> [String] {
        try String(contentsOfFile: folder.file(name), encoding: .utf8).components(separatedBy: "\n").dropLast()
    }

    private func verified(_ names: [String] = ["audit"]) throws -> ChainVerifier {
        var verifier = ChainVerifier(key)
        for name in names { try verifier.read(folder.file(name)) }
        return verifier
    }

    /// What is found wrong once the lines are other ones: line and kind.
    private func found(_ change: (inout [String]) -> Void) throws -> [ChainVerifier.Break] {
        for name in [path, path + ".chain"] { try? FileManager.default.removeItem(atPath: name) }
        try write(1...6)
        var lines = try lines()
        change(&lines)
        try folder.write(lines.map { $0 + "\n" }.joined(), to: "audit")
        return try verified().breaks
    }

    private func broken(_ line: Int, _ what: ChainVerifier.Break.What) -> ChainVerifier.Break {
        ChainVerifier.Break(file: path, line: line, what: what)
    }

    @Test("has lines that are still JSON, each with its number, and is intact as it was written")
    func intact() throws {
        try write(1...3)
        for (index, line) in try lines().enumerated() {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["line"] as? String == "\(index + 1)")
            #expect(object?["chain"] as? Int == index + 1)
        }
        let verifier = try verified()
        #expect(verifier.breaks == [] && verifier.count == 3 && verifier.uncovered == 0)
        #expect(verifier.first?.number == 1 && verifier.last?.number == 3)
    }

    @Test("goes on where another process ended, or writes meanwhile")
    func processes() async throws {
        try write(1...2)
        try write(3...4)
        var one = makeFile()
        var other = makeFile()
        for number in 0..<20 {
            try one.append(Array("{\"one\":\(number)}\n".utf8))
            try other.append(Array("{\"other\":\(number)}\n".utf8))
        }
        #expect(try verified().breaks == [])
        #expect(try verified().last?.number == 44)
        let writers = (0..<4).map { _ in LineWriter(.file(path: path, chain: key), gap: { _ in [] }) }
        for number in 0..<200 { for writer in writers { writer.append(Array("{\"n\":\(number)}\n".utf8)) } }
        for writer in writers { await writer.finish(within: .seconds(60)) }
        let verifier = try verified()
        #expect(verifier.breaks == [] && verifier.last?.number == 844)
    }

    @Test("goes on in a new file, whoever writes there first")
    func rotation() throws {
        var daemon = makeFile()
        try daemon.append(Array("{}\n".utf8))
        try write(2...2)
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("audit.1"))
        try write(3...3)
        try daemon.append(Array("{}\n".utf8))
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("audit.2"))
        try daemon.append(Array("{}\n".utf8))
        let all = try verified(["audit.1", "audit.2", "audit"])
        #expect(all.breaks == [] && all.count == 5 && all.last?.number == 5)
        let newest = try verified(["audit.2", "audit"])
        #expect(newest.breaks == [] && newest.first?.number == 3)
        #expect(
            try verified(["audit.1", "audit"]).breaks == [broken(1, .missing(after: 2, before: 5))],
            "a file is missing")
        #expect(try verified(["audit", "audit.1"]).breaks.count == 1, "the wrong order")
        try FileManager.default.removeItem(atPath: path + ".chain")
        try daemon.append(Array("{}\n".utf8))
        #expect(try verified(["audit.1", "audit.2", "audit"]).breaks == [], "the last line says it as well")
    }

    @Test("can be begun in a file that has lines already, which nothing vouches for")
    func begun() throws {
        try folder.write("{\"a\":1}\n{\"b\":2}\nhalf a li", to: "audit")
        try write(1...2)
        let verifier = try verified()
        #expect(verifier.breaks == [] && verifier.uncovered == 3 && verifier.first?.number == 1)
    }

    @Test("shows each line that was altered, put in, moved, repeated or taken out")
    func changes() throws {
        #expect(
            try found { $0[2] = $0[2].replacingOccurrences(of: "\"3\"", with: "\"9\"") } == [broken(3, .altered)])
        #expect(try found { $0.remove(at: 2) } == [broken(3, .missing(after: 2, before: 4))])
        #expect(try found { $0.removeSubrange(1...3) } == [broken(2, .missing(after: 1, before: 5))])
        #expect(try found { $0.insert("{\"line\":\"2\"}", at: 2) } == [broken(3, .foreign)])
        #expect(try found { $0.insert($0[1], at: 2) } == [broken(3, .outOfOrder(number: 2, after: 2))])
        #expect(try found { $0.swapAt(2, 3) }.first == broken(3, .missing(after: 2, before: 4)))
        #expect(
            try found { $0[0] = "{\"line\":\"1\"}" } == [broken(2, .noBeginning(number: 2))])
        for item in try found({ $0.removeSubrange(1...3) }) {
            #expect(item.description == "\(path): line 2: lines number 2 to 4 are missing before it")
        }
    }

    @Test("shows lines of another chain under the same key, and every line under another")
    func keys() throws {
        try write(1...3)
        let old = try lines()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.removeItem(atPath: path + ".chain")
        try write(7...9)
        let mixed = [try lines()[0], old[1], try lines()[2]]
        try folder.write(mixed.map { $0 + "\n" }.joined(), to: "audit")
        #expect(try verified().breaks == [broken(2, .otherPast(number: 2)), broken(3, .otherPast(number: 3))])
        var other = ChainVerifier(try LookupKey([UInt8](repeating: 8, count: 32)).makeAuditKey())
        try folder.write(old.map { $0 + "\n" }.joined(), to: "audit")
        try other.read(path)
        #expect(other.breaks == [1, 2, 3].map { broken($0, .altered) })
    }

    @Test("tells a line without an end, and counts no line that came after it as lost")
    func cut() throws {
        try write(1...3)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try folder.write(String(text.dropLast(10)), to: "audit")
        #expect(try verified().breaks == [broken(3, .cutOff)])
        // The next process ends the line that has no end, and the gap stays visible.
        try write(3...3)
        #expect(try verified().breaks == [broken(3, .foreign)])
        #expect(try verified().last?.number == 3)
    }

    @Test("is not fooled by a text that looks like its members")
    func forged() throws {
        var file = makeFile()
        try file.append(
            Array(#"{"path":"\",\"chain\":9,\"chain_previous\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"chain_tag\":\""}"#.utf8) + [
                0x0A
            ])
        try file.append(Array("{}\n".utf8))
        #expect(try verified().breaks == [] && verified().last?.number == 2)
    }

    @Test("takes only lines of JSON, and only in a file")
    func refused() throws {
        var file = makeFile()
        #expect(throws: LineFile.Fault.self) { try file.append(Array("no JSON\n".utf8)) }
        var verifier = ChainVerifier(key)
        #expect(throws: LineFile.Fault.self) { try verifier.read(folder.file("none")) }
    }
}
