import Testing

@testable import GatehousePortal

@Suite("Form fields")
struct FormFieldsTests {
    private func fields(_ text: String) throws -> FormFields { try FormFields(parsing: Array(text.utf8).span) }

    @Test("are decoded octet by octet")
    func decoding() throws {
        let form = try fields("name=al+ice%2B%C3%A9&password=%00%ff%3D=&rd=")
        #expect(form["name"] == Array("al ice+é".utf8))
        #expect(form["password"] == [0, 0xFF, 0x3D, 0x3D])
        #expect(form["rd"] == [])
        #expect(form["token"] == nil)
        #expect(try fields("")["name"] == nil)
    }

    @Test(
        "are refused when no page of ours sends them",
        arguments: [
            "name", "=x", "name=a&name=b", "n%61me=a&name=b", "name=%", "name=%4", "name=%zz", "name=%+1", "&name=a",
            "name=a&&b=c", "name=a b",
            "name=é", "name=\r\n", "\(String(repeating: "x", count: 65))=1",
            (1...33).map { "f\($0)=" }.joined(separator: "&"),
        ])
    func malformed(text: String) { #expect(throws: FormFields.Malformed.self) { try fields(text) } }

    @Test("may be thirty-two")
    func many() throws {
        #expect(try fields((1...32).map { "f\($0)=\($0)" }.joined(separator: "&"))["f32"] == Array("32".utf8))
    }
}
