import GatehouseCore
import GatehouseSystem
import Testing

@Suite("What the system knows of this process")
struct ProcessFiguresTests {
    @Test("is plausible, and moves with what the process does")
    func figures() throws {
        let before = ProcessFigures.now()
        #expect(try #require(before.cpuSeconds) > 0)
        #expect(try #require(before.residentBytes) > 1 << 20)
        let open = try #require(before.openDescriptors)
        let most = try #require(before.mostDescriptors)
        #expect(open > 2 && open <= most)
        let files = try (0..<20).map { _ in Held(file: try OpenFile("/proc/self/statm")) }
        #expect(try #require(ProcessFigures.now().openDescriptors) >= open + 15)
        let spent = try #require(before.cpuSeconds)
        #expect(try #require(ProcessFigures.now().cpuSeconds) >= spent)
        #expect(files.count == 20)
        #expect(ProcessFigures.exported.allSatisfy { !$0.family(of: [before]).series.isEmpty })
    }

    private final class Held {
        let file: OpenFile
        init(file: consuming OpenFile) { self.file = file }
    }
}
