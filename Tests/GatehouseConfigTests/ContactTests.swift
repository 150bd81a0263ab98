import GatehouseConfig
import GatehouseCore
import Testing

@Suite("Whom people can turn to")
struct ContactTests {
    private func text(_ contact: String) -> String {
        """
        [portal]
        url = "https://auth.example.com"
        contact = "\(contact)"
        [keys]
        lookup = "file:keys/lookup"
        seal = "file:keys/seal"
        """
    }

    @Test(
        "is an address or a page",
        arguments: [
            ("help@example.com", "mailto:help@example.com"), ("a+b?c@example.com", "mailto:a%2Bb%3Fc@example.com"),
            ("https://example.com/help?a=b", "https://example.com/help?a=b"),
        ])
    func accepted(contact: String, link: String) throws {
        let found = try #require(try ConfigFixture().load(text(contact)).portal.contact)
        #expect(found.text == contact && found.link == link)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "help", "javascript:alert(1)", "http://example.com/help", "/help", "//example.com",
            "Help <a@example.com>",
            "a@b@c", "a@b..c", "mailto:help@example.com", "https://", "a b@example.com",
        ])
    func refused(contact: String) throws {
        let problems = try ConfigFixture().problems(text(contact))
        #expect(problems.contains { $0.contains("portal.contact: must be an e-mail address") }, "\(problems)")
    }
}
