import Foundation
import GatehouseLogging
import GatehouseTestSupport
import Testing

@Suite("The writer of lines")
struct LineWriterTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("lines") }

    init() throws { folder = try TemporaryFolder() }

    private func text() -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    private func makeWriter(
        at path: String, capacity: Int = 1 << 20, onChange: @escaping @Sendable (LineFile.Fault?) -> Void = { _ in }
    ) -> LineWriter {
        LineWriter(.file(path: path), capacity: capacity, gap: { Array("gap \($0)\n".utf8) }, onChange: onChange)
    }

    @Test("keeps the order of lines, and has written all of them when it is finished")
    func order() async {
        let writer = makeWriter(at: path)
        for number in 0..<5_000 { writer.append(Array("\(number)\n".utf8)) }
        await writer.finish(within: .seconds(60))
        #expect(text() == (0..<5_000).map { "\($0)\n" }.joined())
        #expect(writer.dropped == 0)
        #expect(writer.problem == nil)
    }

    @Test("never waits for a pipe that nobody reads: drops, counts, and marks the gap when somebody reads again")
    func full() async throws {
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let writer = makeWriter(at: path, capacity: 10_000)
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        // The pipe holds 64 KiB, the queue 10,000 octets.
        for _ in 0..<10_000 { writer.append(line) }
        #expect(writer.dropped > 8_000)
        let reader = try #require(FileHandle(forReadingAtPath: path))
        // There may be several gaps: the writer took lines meanwhile.
        var seen = ""
        func marked() -> Int {
            seen.split(separator: "\n").filter { $0.hasPrefix("gap ") }.compactMap { Int($0.dropFirst(4)) }.reduce(0, +)
        }
        while marked() < writer.dropped { seen += String(decoding: reader.availableData, as: UTF8.self) }
        #expect(marked() == writer.dropped)
    }

    @Test("says so while one line takes long, as on a slow disk, and no more once it is written")
    func slow() async throws {
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let writer = makeWriter(at: path)
        // More than the pipe holds: the rest waits for somebody who reads.
        for _ in 0..<1_000 { writer.append(Array((String(repeating: "x", count: 99) + "\n").utf8)) }
        #expect(
            await eventually(within: .seconds(60)) { writer.problem?.hasPrefix("writing takes more than") == true })
        let reader = try #require(FileHandle(forReadingAtPath: path))
        var seen = 0
        while seen < 100_000 { seen += reader.availableData.count }
        #expect(await eventually(within: .seconds(60)) { writer.problem == nil })
        #expect(writer.dropped == 0)
    }

    @Test("ends its own line, of which only a beginning could be written")
    func torn() async throws {
        #expect(unsafe mkfifo(path, 0o600) == 0)
        BrokenPipes.areErrors()
        let first = unsafe open(path, O_RDONLY | O_NONBLOCK)
        let ours = unsafe open(path, O_WRONLY)
        defer { close(ours) }
        let writer = LineWriter(.descriptor(ours), gap: { Array("gap \($0)\n".utf8) })
        // More than the pipe holds; whoever reads goes in the middle of it.
        writer.append(Array((String(repeating: "x", count: 200_000) + "\n").utf8))
        var octets = [UInt8](repeating: 0, count: 1_000)
        #expect(await eventually(within: .seconds(60)) { unsafe read(first, &octets, 1_000) > 0 })
        close(first)
        #expect(await eventually(within: .seconds(60)) { writer.dropped == 1 })
        let second = try #require(FileHandle(forReadingAtPath: path))
        writer.append(Array("back\n".utf8))
        var seen = ""
        while !seen.hasSuffix("gap 1\n") { seen += String(decoding: second.availableData, as: UTF8.self) }
        #expect(seen.hasSuffix("x\nback\ngap 1\n"))
    }

    @Test("keeps the lines of a file that cannot be written, says so once, and goes on by itself")
    func recovers() async throws {
        let changes = Mutexed<[String]>([])
        let lost = folder.file("gone/lines")
        let writer = makeWriter(at: lost) { fault in changes.change { $0.append(fault?.description ?? "well") } }
        writer.append(Array("one\n".utf8))
        writer.append(Array("two\n".utf8))
        #expect(await eventually { writer.problem == "No such file or directory" })
        try FileManager.default.createDirectory(atPath: folder.file("gone"), withIntermediateDirectories: false)
        #expect(await eventually(within: .seconds(60)) { writer.problem == nil })
        await writer.finish(within: .seconds(60))
        #expect(try String(contentsOfFile: lost, encoding: .utf8) == "one\ntwo\n")
        #expect(changes.value == ["No such file or directory", "well"])
        #expect(writer.dropped == 0)
    }

    @Test("opens a file anew on demand")
    func reopens() async throws {
        let writer = makeWriter(at: path)
        writer.append(Array("one\n".utf8))
        await writer.finish(within: .seconds(60))
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("old"))
        writer.reopen()
        #expect(await eventually(within: .seconds(60)) { FileManager.default.fileExists(atPath: path) })
    }

    @Test("counts what nobody takes once, and does not try for itself")
    func brokenPipe() async throws {
        #expect(unsafe mkfifo(path, 0o600) == 0)
        BrokenPipes.areErrors()
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        let ours = unsafe open(path, O_WRONLY)
        defer { close(ours) }
        let writer = LineWriter(.descriptor(ours), gap: { Array("gap \($0)\n".utf8) })
        close(reader)
        for number in 0..<10 { writer.append(Array("\(number)\n".utf8)) }
        await writer.finish(within: .seconds(60))
        #expect(writer.waiting == 0)
        #expect(writer.dropped == 10)
        // Somebody reads again: the gap is marked behind the next line.
        let second = unsafe open(path, O_RDONLY | O_NONBLOCK)
        defer { close(second) }
        writer.append(Array("back\n".utf8))
        await writer.finish(within: .seconds(60))
        var octets = [UInt8](repeating: 0, count: 100)
        let count = unsafe read(second, &octets, 100)
        #expect(String(decoding: octets.prefix(max(count, 0)), as: UTF8.self) == "back\ngap 10\n")
    }

    @Test("opens a file anew until that works, also when no line waits")
    func reopensLater() async throws {
        let changes = Mutexed<[String]>([])
        let lost = folder.file("gone/lines")
        let writer = makeWriter(at: lost) { fault in changes.change { $0.append(fault?.description ?? "well") } }
        writer.reopen()
        #expect(await eventually(within: .seconds(60)) { writer.problem != nil })
        try FileManager.default.createDirectory(atPath: folder.file("gone"), withIntermediateDirectories: false)
        #expect(await eventually(within: .seconds(60)) { writer.problem == nil })
        #expect(changes.value == ["No such file or directory", "well"])
    }
}
