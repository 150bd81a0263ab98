import GatehouseCore
import GatehouseRender
import Testing

@Suite("A generated file")
struct RenderedFileTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func made(_ file: RenderedFile) throws -> String {
        guard case .make(let text) = try file.step(over: nil, now: now) else { throw NotMade() }
        return text
    }

    private struct NotMade: Error {}

    @Test("is made, left as it is, and made anew when it is to be another one")
    func steps() throws {
        let file = RenderedFile(name: "a.conf", text: "one\n")
        let text = try made(file)
        #expect(text.hasSuffix("\none\n") && text.hasPrefix("# gatehouse render: "))
        #expect(try file.step(over: text, now: now) == .leave)
        let other = RenderedFile(name: "a.conf", text: "two\n")
        #expect(try other.step(over: text, now: now) == .replace(try made(other)))
    }

    @Test("that was changed by hand is kept under another name, also if it lost its first line")
    func changed() throws {
        let file = RenderedFile(name: "a.conf", text: "one\n")
        let text = try made(file)
        for found in [text + "mine\n", "one\n", "", "# gatehouse render: x\none\n"] {
            guard case .replaceKeepingCopy(let whole, let copy) = try file.step(over: found, now: now) else {
                Issue.record("\(found) was not kept")
                continue
            }
            #expect(whole == text)
            #expect(copy == "a.conf.before-2027-01-15T08:00:00Z")
        }
    }

    @Test("that is written once is the operator's, whatever it holds")
    func once() throws {
        let file = RenderedFile(name: "a.conf", text: "one\n", isWrittenOnce: true)
        #expect(try made(file) == "one\n")
        #expect(try file.step(over: "", now: now) == .keep)
        #expect(try file.step(over: "one\n", now: now) == .keep)
    }
}
