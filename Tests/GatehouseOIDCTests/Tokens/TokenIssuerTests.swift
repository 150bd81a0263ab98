import GatehouseCore
import GatehouseFormats
import Testing

@testable import GatehouseOIDC

@Suite("The issuer of a token of several tenants")
struct TokenIssuerTests {
    static let tenant = "9122040d-6c67-4c5b-b112-36a304b66dad"
    static let pattern: UTF8Text = "https://login.microsoftonline.com/{tenantid}/v2.0"

    private func issuer(_ issuer: String, tid: String?, tenants: Set<String> = [tenant]) throws -> UTF8Text {
        let member = tid.map { ",\"tid\":\($0)" } ?? ""
        let claims = try JSONValue(parsing: Array("{\"iss\":\"\(issuer)\"\(member)}".utf8))
        return try TokenIssuer(Self.pattern, tenants: tenants).issuer(of: claims)
    }

    @Test("is that of a tenant that is named")
    func good() throws {
        let expected = "https://login.microsoftonline.com/\(Self.tenant)/v2.0"
        #expect(try issuer(expected, tid: "\"\(Self.tenant)\"") == UTF8Text(expected))
    }

    @Test("is no other")
    func wrong() {
        let own = "https://login.microsoftonline.com/\(Self.tenant)/v2.0"
        let other = "11111111-2222-3333-4444-555555555555"
        #expect(refusal { try issuer(own, tid: nil) } == .tenant)
        #expect(refusal { try issuer(own, tid: "1") } == .tenant)
        #expect(refusal { try issuer(own, tid: "\"\(other)\"") } == .tenant)
        #expect(
            refusal { try issuer("https://login.microsoftonline.com/\(other)/v2.0", tid: "\"\(other)\"") } == .tenant)
        #expect(refusal { try issuer(own, tid: "\"\(Self.tenant)\"", tenants: []) } == .tenant)
        #expect(refusal { try issuer(own + "/", tid: "\"\(Self.tenant)\"") } == .issuer)
        #expect(
            refusal { try issuer("https://login.microsoftonline.com/\(other)/v2.0", tid: "\"\(Self.tenant)\"") }
                == .issuer)
        #expect(refusal { try issuer(Self.pattern.string, tid: "\"\(Self.tenant)\"") } == .issuer)
        // A name that is no id, even if somebody wrote it into the configuration.
        for name in ["common", "{tenantid}", "", Self.tenant.uppercased(), "g122040d-6c67-4c5b-b112-36a304b66dad"] {
            let tenants: Set = [name]
            #expect(
                refusal {
                    try issuer("https://login.microsoftonline.com/\(name)/v2.0", tid: "\"\(name)\"", tenants: tenants)
                } == .tenant)
        }
    }

    @Test("is compared as a whole without a pattern")
    func exact() throws {
        #expect(TokenIssuer("https://id.example", tenants: [Self.tenant]) == .exactly("https://id.example"))
        let claims = try JSONValue(parsing: Array("{\"tid\":\"\(Self.tenant)\"}".utf8))
        #expect(refusal { try TokenIssuer("https://id.example", tenants: []).issuer(of: claims) } == .issuer)
    }
}
