import GatehouseConfig
import GatehouseCore
import GatehouseImport
import Testing

@Suite("Networks and several subjects in Authelia's configuration")
struct AutheliaNetworksTests {
    @Test("has rules about networks and for people of several groups")
    func networks() throws {
        let site = try ConvertedSite(
            "definitions: {network: {office: [10.1.0.0/16, '2001:db8::/32']}}\n"
                + AutheliaConversionTests.rules(
                    "    - {domain: a.example.com, policy: deny, networks: [192.0.2.7]}\n"
                        + "    - {domain: a.example.com, policy: bypass, networks: office}\n"
                        + "    - {domain: a.example.com, policy: one_factor, subject: [['group:a', 'group:b'], 'user:bob']}\n"
                ),
            .authelia)
        func outcome(_ client: String, _ user: String? = nil, _ groups: [String] = []) -> Decision.Outcome? {
            site.outcome("https://a.example.com/", user: user, groups: groups, from: client)
        }
        #expect(outcome("192.0.2.7", "bob") == .deny)
        #expect(outcome("10.1.2.3") == .allow && outcome("2001:db8::1") == .allow)
        #expect(outcome("10.2.0.1") == .challenge)
        #expect(outcome("10.2.0.1", "bob") == .allow)
        #expect(outcome("10.2.0.1", "carol", ["a", "b"]) == .allow)
        #expect(outcome("10.2.0.1", "dora", ["a"]) == .deny)
        #expect(site.lost == [], "\(site.lost)")
        #expect(site.text.contains(#"allow = [["group:a", "group:b"], "user:bob"]"#), "\(site.text)")
    }

    @Test("may have the names of long ago")
    func named() throws {
        let site = try ConvertedSite(
            """
            session: {cookies: [{domain: example.com, authelia_url: 'https://auth.example.com'}]}
            access_control:
              networks: [{name: office, networks: [10.1.0.0/16, 10.2.0.0/16]}]
              rules: [{domain: a.example.com, policy: bypass, networks: [office, 10.3.0.0/16]}]
            """, .authelia)
        for (client, expected) in [("10.1.0.1", true), ("10.2.0.1", true), ("10.3.0.1", true), ("10.4.0.1", false)] {
            #expect((site.outcome("https://a.example.com/", from: client) == .allow) == expected, "\(client)")
        }
    }
}
