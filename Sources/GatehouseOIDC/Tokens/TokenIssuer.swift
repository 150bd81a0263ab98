package import GatehouseCore
internal import GatehouseFormats

/// Whom a token has to be issued by.
package enum TokenIssuer: Equatable, Sendable {
    /// Octet by octet.
    case exactly(UTF8Text)
    /// Microsoft for several tenants: a pattern with `{tenantid}`, and the tenants whose people may come.
    case tenants(pattern: UTF8Text, Set<UTF8Text>)

    private static let placeholder = Array("{tenantid}".utf8)

    /// - Parameters:
    ///   - issuer: as the configuration or the provider's metadata says, once those two were compared.
    ///   - tenants: from the configuration.
    package init(_ issuer: UTF8Text, tenants: Set<String>) {
        if issuer.bytes.firstRange(of: TokenIssuer.placeholder) == nil {
            self = .exactly(issuer)
        } else {
            self = .tenants(pattern: issuer, Set(tenants.map { UTF8Text($0) }))
        }
    }

    /// The issuer that some claims name.
    ///
    /// - Throws: `.issuer`, or `.tenant` for a tenant that is not named in the configuration.
    func issuer(of claims: JSONValue) throws(ProviderRefusal) -> UTF8Text {
        guard let issuer = claims["iss"]?.text else { throw ProviderRefusal(.issuer, "the token has no \"iss\"") }
        let shown = SafeText.octets(issuer.bytes, limit: 200)
        switch self {
        case .exactly(let expected):
            guard issuer == expected else {
                throw ProviderRefusal(.issuer, "the token is issued by \"\(shown)\", expected \"\(expected)\"")
            }
        case .tenants(let pattern, let tenants):
            guard let tenant = claims["tid"]?.text, TokenIssuer.isGUID(tenant) else {
                throw ProviderRefusal(.tenant, "the token has no \"tid\" that is a tenant's id")
            }
            guard tenants.contains(tenant) else {
                throw ProviderRefusal(.tenant, "the token's tenant \(tenant) is not one of `tenants`")
            }
            guard let range = pattern.bytes.firstRange(of: TokenIssuer.placeholder) else {
                throw ProviderRefusal(.issuer, "the pattern of the issuer has no {tenantid}")
            }
            var expected = pattern.bytes
            expected.replaceSubrange(range, with: tenant.bytes)
            guard issuer.bytes == expected else {
                throw ProviderRefusal(.issuer, "the token is issued by \"\(shown)\", which is not its tenant's issuer")
            }
        }
        return issuer
    }

    /// 8-4-4-4-12 hexadecimal digits in lower case.
    private static func isGUID(_ text: UTF8Text) -> Bool {
        let groups = text.bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12] else { return false }
        return groups.joined().allSatisfy { ASCII.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}
