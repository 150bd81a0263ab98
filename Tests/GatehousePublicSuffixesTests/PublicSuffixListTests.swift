import GatehouseCore
import GatehousePublicSuffixes
import Testing

@Suite("The list of public suffixes")
struct PublicSuffixListTests {
    private func contains(_ name: String) throws -> Bool {
        try PublicSuffixList().contains(try #require(Host(name)))
    }

    @Test(
        "has the domains below which anybody can have a name, those of registries and those of companies",
        arguments: [
            "com", "co.uk", "github.io", "duckdns.org", "dyndns.org", "herokuapp.com", "s3.amazonaws.com",
            "xn--55qx5d.cn",
            "foo.ck",
        ])
    func suffixes(name: String) throws { #expect(try contains(name)) }

    @Test(
        "has no domain of somebody's own, and no name of a local network",
        arguments: [
            "example.com", "me.duckdns.org", "example.co.uk", "me.github.io", "www.ck", "localhost", "auth.test",
            "test",
            "auth.example", "internal", "corp.internal", "lan", "home.lan", "192.168.1.1", "node-red",
        ])
    func others(name: String) throws { #expect(try !contains(name)) }
}
