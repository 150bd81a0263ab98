import GatehouseCore
import GatehouseFormats
import Testing

@testable import GatehouseBackends

@Suite("Questions to other programs")
struct ExternalQuestionTests {
    @Test("read back as they were")
    func questions() throws {
        let hostile = "a\"\\\u{1}\u{7F}ä\r\n</script>"
        let credentials = Credentials(
            name: UTF8Text(hostile), password: Password(hostile), client: .known(try #require(IPAddress("192.0.2.1"))))
        let question = try JSONValue(parsing: try #require(ExternalQuestion.authenticate(credentials)))
        #expect(question["name"] == .string(UTF8Text(hostile)) && question["password"] == .string(UTF8Text(hostile)))
        #expect(question["client"] == .string("192.0.2.1") && question["version"]?.number?.whole == 1)
        #expect(ExternalQuestion.authenticate(Credentials(name: "a", password: Password([0xFF]))) == nil)
        #expect(ExternalQuestion.authenticate(Credentials(name: "a", password: Password("b\u{0}"))) == nil)
    }

    /// Programs read them that somebody wrote by hand.
    @Test("escape no more than JSON wants")
    func plain() {
        let id = "a\"\\\u{1}\u{7F}ä\u{200D}\u{AD}\u{E000}\u{1F468}"
        let text = "a\\\"\\\\\\u0001\\u007fä\u{200D}\u{AD}\u{E000}\u{1F468}"
        #expect(
            ExternalQuestion.identity(UTF8Text(id))
                == Array("{\"version\":1,\"operation\":\"identity\",\"id\":\"\(text)\"}\n".utf8))
    }
}
