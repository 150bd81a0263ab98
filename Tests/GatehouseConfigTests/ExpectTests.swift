internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Expectations")
struct ExpectTests {
    @Test("are requests with the decision that is wanted")
    func expectations() throws {
        let configuration = try ConfigFixture().load(
            ConfigFixture.minimal(
                [:],
                ConfigFixture.application + """
                    [[expect]]
                    user = "alice"
                    url = "https://reports.example.com:8443/admin/?q=1"
                    is = "deny"
                    [[expect]]
                    url = "https://reports.example.com"
                    is = "challenge"
                    """))
        let first = try #require(configuration.expectations.first)
        let last = try #require(configuration.expectations.last)
        #expect(first.user == "alice")
        #expect(first.outcome == .deny)
        #expect(first.request.method == .get)
        #expect(first.request.scheme == .https && first.request.authority.description == "reports.example.com:8443")
        #expect(first.request.target.path == Array("/admin/".utf8))
        #expect(first.request.target.query == Array("q=1".utf8))
        #expect(first.line != nil)
        #expect(last.user == nil)
        #expect(last.outcome == .challenge)
        #expect(last.request.target.path == Array("/".utf8))
    }
}
