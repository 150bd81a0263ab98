import GatehouseConfig
import GatehouseCore
import Testing

@Suite("A configuration that is to be written")
struct NewConfigurationTests {
    private func new(
        _ portal: String, _ hosts: [String] = [], suffixes: @Sendable (Host) -> SuffixVerdict = { _ in .ordinary }
    ) throws -> NewConfiguration {
        try NewConfiguration(portal: portal, hosts: hosts, store: "sqlite:gatehouse.db", suffixes: suffixes)
    }

    @Test("protects the portal's own host where no other is named, without a domain for the cookie")
    func ownHost() throws {
        let text = try new("http://localhost:8080/_gatehouse").text
        #expect(text.contains("hosts = [\"localhost:8080\"]") && text.contains("scheme = \"http\""))
        #expect(!text.contains("[cookie]"))
    }

    @Test("has one domain for the cookie that covers the portal and every host")
    func domain() throws {
        let text = try new("https://auth.example.com", ["app.example.com", "*.apps.example.com"]).text
        #expect(text.contains("domain = \"example.com\""))
        #expect(text.contains("hosts = [\"app.example.com\", \"*.apps.example.com\"]"))
        #expect(!text.contains("scheme ="))
    }

    @Test(
        "is refused where it could not work",
        arguments: [
            ("auth.example.com", []), ("https://", []), ("https://auth.example.com", ["a b"]),
            ("https://auth.example.com", ["app.example.org"]), ("https://auth.example.com/\"", []),
        ])
    func refusals(portal: String, hosts: [String]) {
        #expect(throws: NewConfiguration.Problem.self) { try new(portal, hosts) }
    }

    @Test("is refused where browsers keep no cookie, and in doubt where nobody knows")
    func suffixes() throws {
        #expect(throws: NewConfiguration.Problem.self) {
            try new("https://auth.example.com", ["app.example.com"]) { _ in .publicSuffix }
        }
        let doubtful = try new("https://auth.example.com", ["app.example.com"]) { _ in .unknown(reason: "no list") }
        #expect(doubtful.doubts.count == 1 && doubtful.doubts.first?.contains("example.com") == true)
    }
}
