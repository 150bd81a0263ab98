import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Addresses of a provider")
struct EndpointAddressTests {
    @Test(
        "are taken apart",
        arguments: [
            ("https://id.example/token", "id.example", false), ("https://ID.example:8443", "id.example", false),
            ("http://127.0.0.1:9000/o/token?x=1", "127.0.0.1", true), ("http://localhost/", "localhost", true),
            ("http://[::1]:9000/token", "::1", true), ("https://[2001:DB8::1]/", "2001:db8::1", false),
            ("https://id.example?x=1", "id.example", false), ("HTTPS://id.example/a%20b", "id.example", false),
        ])
    func good(text: String, host: String, isLoopback: Bool) throws {
        let address = try #require(EndpointAddress(text))
        #expect(address.host == host && address.isLoopback == isLoopback)
        #expect(address.text == text)
    }

    @Test(
        "with anything odd are none",
        arguments: [
            "", "id.example", "ftp://id.example/", "https://", "https:///token", "https://user@id.example/",
            "https://user:secret@id.example/", "https://id.example/#top", "https://id.example/a b",
            "https://id.example\\@evil.example/", "https://id.example:0/", "https://id.example:99999/",
            "https://id.example:/", "https://[::1/", "https://[::1]x/", "https://[::1]:/", "https://[id]/",
            "https://[::ffff:127.0.0.1]/", "https://idé.example/", "https://id.example/\n", "https://id..example/",
            "https://id.example/\(String(repeating: "x", count: 2_048))",
        ])
    func bad(text: String) { #expect(EndpointAddress(text) == nil) }
}
