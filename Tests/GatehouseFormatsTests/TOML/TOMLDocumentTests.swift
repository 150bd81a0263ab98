import GatehouseCore
import GatehouseFormats
import Testing

@Suite("Reading TOML")
struct TOMLDocumentTests {
    private func root(_ text: String) throws -> TOMLNode { try TOMLDocument(Array(text.utf8)).root }

    @Test("gives every value with its place")
    func values() throws {
        guard case .table(let entries) = try root("a = \"ä\"\nb = [1, 2.5, true]\n[c]\nd = 1979-05-27\n").content else {
            Issue.record("no table")
            return
        }
        #expect(entries.map(\.key) == ["a", "b", "c"])
        #expect(entries.map(\.value.place.line) == [1, 2, 3])
        guard case .string("ä") = entries[0].value.content, case .array(let list) = entries[1].value.content,
            case .table(let inner) = entries[2].value.content, case .date = inner.first?.value.content,
            case .integer(1) = list[0].content, case .number(2.5) = list[1].content,
            case .boolean(true) = list[2].content
        else {
            Issue.record("\(entries)")
            return
        }
        #expect(list[1].place == TOMLNode.Place(line: 2, column: 9))
    }

    @Test("says where a text stops being one", arguments: [("a = 1\na = 2", 2), ("a = ", 1), ("\n\nx", 3)])
    func invalid(text: String, line: Int) {
        let error = #expect(throws: TOMLDocument.Invalid.self) { _ = try root(text) }
        #expect(error?.place.line == line)
        #expect(error?.reason.isEmpty == false)
    }
}
