import GatehouseCore
import Testing

@testable import GatehousePortal

@Suite("The portal's address")
struct PortalSettingsTests {
    @Test(
        "is an origin, or a path of one",
        arguments: [
            ("https://auth.example.com", "https://auth.example.com", ""),
            ("https://AUTH.example.com:443/", "https://auth.example.com", ""),
            ("https://app.example.com/_gatehouse", "https://app.example.com", "/_gatehouse"),
            ("http://localhost:8080/a/b/", "http://localhost:8080", "/a/b"),
        ])
    func valid(text: String, origin: String, prefix: String) throws {
        let address = try #require(PortalAddress(text))
        #expect(address.origin.description == origin)
        #expect(address.prefix == prefix)
        #expect(address.description == origin + prefix)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "auth.example.com", "https://", "ftp://x", "https://x/a?b", "https://x/#", "https://x//",
            "https://x/a//b", "https://x/%61",
            "https://u@x/", "https://x/a b", "https://x/../a", "https://x/\"",
        ])
    func invalid(text: String) { #expect(PortalAddress(text) == nil) }
}
