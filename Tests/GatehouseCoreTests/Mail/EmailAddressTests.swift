import GatehouseCore
import Testing

@Suite("E-mail addresses of people")
struct EmailAddressTests {
    @Test(
        "can be these, as Django's forms take them",
        arguments: [
            "alice@example.com", "Alice.Liddell+tag@EXAMPLE.co.uk", "o'hara@example.com", "a@b.cd", "a_b-c@x-y.example",
            "root@localhost", "käse@bücher.example", "иван@пример.рф", "a@xn--bcher-kva.example", "1@2.example",
            String(repeating: "x", count: 64) + "@example.com", "a!#$%&'*+-/=?^_`{|}~@example.com",
        ])
    func fine(text: String) { #expect(EmailAddress.problem(of: text) == nil) }

    @Test(
        "cannot be these, and the problem is said",
        arguments: [
            "", "alice", "alice@", "@example.com", "a@b@example.com", "a b@example.com", "alice@example", "alice@.com",
            "alice@example..com", "alice@example.com.", "alice@-x.com", "alice@x-.com", "alice@exa_mple.com",
            "a.@example.com",
            ".a@example.com", "a..b@example.com", "\"a b\"@example.com", "a@[192.0.2.1]", "a@192.0.2.1",
            "Alice <a@example.com>",
            "a,b@example.com", "a\r\nBcc: x@example.com", "a\u{0}@example.com", "a\u{202E}b@example.com",
            "mailto:a@example.com",
            String(repeating: "x", count: 65) + "@example.com", "a@" + String(repeating: "x.", count: 130) + "com",
            "a@" + String(repeating: "x", count: 64) + ".com", "a@example.com ", " a@example.com",
        ])
    func wrong(text: String) {
        let problem = EmailAddress.problem(of: text)
        #expect(problem?.isEmpty == false, "\(text)")
    }
}
