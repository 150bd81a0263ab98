internal import GatehouseCore
internal import GatehouseFormats

/// A provider's document with what is to be said about it: taken only if nothing prevents a sign-in.
///
/// Everything that is wrong is found at once, so that whoever sets a provider up is told in one go. Members that are not known
/// are ignored.
struct MetadataReading: Sendable {
    /// `nil` if a finding prevents sign-ins.
    private(set) var metadata: ProviderMetadata?
    private(set) var findings: [ProviderFinding] = []
    private(set) var facts: [ProviderFact] = []

    private let provider: Provider

    /// Reads a document as it came.
    init(_ body: [UInt8], of provider: Provider) {
        self.provider = provider
        let document: JSONValue
        do throws(JSONValue.Malformed) { document = try JSONValue(parsing: body) } catch {
            refuse(.document, "the provider's metadata cannot be read: \(error.reason)")
            return
        }
        guard case .object = document else {
            refuse(.document, "the provider's metadata is no JSON object")
            return
        }
        judge(document)
    }

    private mutating func judge(_ document: JSONValue) {
        let issuer = provider.issuerTemplate ?? provider.issuer
        judgeIssuer(document, issuer)
        judgeResponseTypes(document)
        let authorization = endpoint("authorization_endpoint", .authorizationEndpoint, in: document, isNeeded: true)
        let token = endpoint("token_endpoint", .tokenEndpoint, in: document, isNeeded: true)
        let keySet = endpoint("jwks_uri", .keySet, in: document, isNeeded: true)
        let userinfo = endpoint("userinfo_endpoint", .userinfoEndpoint, in: document, isNeeded: false)
        let endSession = endpoint("end_session_endpoint", .endSessionEndpoint, in: document, isNeeded: false)
        let revocation = endpoint("revocation_endpoint", .revocationEndpoint, in: document, isNeeded: false)
        judgeAlgorithms(document)
        let authentication = judgeAuthentication(document)
        judgeWishes(document)
        let namesIssuer = document["authorization_response_iss_parameter_supported"] == .flag(true)
        facts.append(ProviderFact(.issuerInAnswer, namesIssuer ? "yes" : "no"))
        let hasLogout = document["backchannel_logout_supported"] == .flag(true)
        facts.append(ProviderFact(.backChannelLogout, hasLogout ? "yes" : "no"))
        guard !findings.contains(where: \.preventsSignIn), let authorization, let token else { return }
        metadata = ProviderMetadata(
            issuer: issuer,
            endpoints: .init(
                authorization: authorization, token: token, keySet: keySet, userinfo: userinfo, endSession: endSession,
                revocation: revocation),
            tokenAuthentication: authentication, namesIssuerInAnswer: namesIssuer)
    }

    /// Section 4.3 of Discovery: octet by octet, and nothing is made equal.
    private mutating func judgeIssuer(_ document: JSONValue, _ issuer: String) {
        guard case .string(let said)? = document["issuer"] else {
            return refuse(.issuer, "the provider's metadata has no issuer")
        }
        facts.append(ProviderFact(.issuer, shown(said)))
        guard said != UTF8Text(issuer) else { return }
        let line =
            if case .whole = provider.facts.issuer {
                "write issuer = \(SafeText.quoted(said.string, limit: .octets(400))) in [[provider]] \"\(provider.name)\""
            } else {
                "change the keys in [[provider]] \"\(provider.name)\" that its issuer is made of, so that it becomes the same"
            }
        refuse(
            .issuer,
            """
            the provider calls itself \(SafeText.quoted(said.string, limit: .octets(400))), and its issuer is configured as \
            \(SafeText.quoted(issuer)): they have to be the same, a slash at the end included
            """, remedy: "if that is the provider you mean, \(line)")
    }

    private mutating func judgeResponseTypes(_ document: JSONValue) {
        guard let types = strings("response_types_supported", in: document) else {
            return refuse(.responseTypes, "the provider's metadata has no list response_types_supported")
        }
        guard !types.contains("code") else { return }
        refuse(
            .responseTypes, "the provider does not offer the response type \"code\", only \(shown(types))",
            remedy: "let it allow the authorization code flow")
    }

    /// An address that is there and may be asked; what is there and may not prevents sign-ins, needed or not.
    private mutating func endpoint(
        _ member: StaticString, _ fact: ProviderFact.Name, in document: JSONValue, isNeeded: Bool
    ) -> String? {
        guard let value = document[member] else {
            if isNeeded { refuse(.endpoint, "the provider's metadata has no \(member)") }
            return nil
        }
        guard case .string(let text) = value else {
            refuse(.endpoint, "\(member) of the provider's metadata is no text")
            return nil
        }
        facts.append(ProviderFact(fact, shown(text)))
        if let finding = EndpointRule(provider).finding(of: text.string, as: member.description) {
            findings.append(finding)
            return nil
        }
        return text.string
    }

    private mutating func judgeAlgorithms(_ document: JSONValue) {
        guard let names = strings("id_token_signing_alg_values_supported", in: document), !names.isEmpty else { return }
        facts.append(ProviderFact(.algorithms, shown(names)))
        // RFC 9864 gives Ed25519 a name of its own.
        let wanted = Set(
            provider.tokens.algorithms.flatMap { $0 == .edDSA ? ["EdDSA", "Ed25519"] : [$0.rawValue] }.map(
                UTF8Text.init))
        guard !names.contains(where: wanted.contains) else { return }
        let keyed = names.contains { $0.bytes.starts(with: "HS".utf8) }
        refuse(
            .algorithms,
            """
            the provider signs with \(shown(names)), and accepted are \
            \(provider.tokens.algorithms.map(\.rawValue).joined(separator: ", "))
            """,
            remedy: provider.facts.oddities.contains(.signingKeyIsOptional) && keyed
                ? ProviderWords.signingKey
                : "choose one of these at the provider\(keyed ? "; HS256 and its kin are never accepted" : "")")
    }

    private mutating func judgeAuthentication(_ document: JSONValue) -> ProviderMetadata.TokenAuthentication {
        guard let methods = strings("token_endpoint_auth_methods_supported", in: document) else { return .basic }
        facts.append(ProviderFact(.clientAuthentication, shown(methods)))
        if case .none = provider.client.authentication {
            if !methods.contains("none") {
                findings.append(
                    ProviderFinding(
                        .clientAuthentication, "the provider does not say that it takes clients without a secret",
                        remedy: "if it refuses the sign-in, give client_secret", preventsSignIn: false))
            }
            return .basic
        }
        if methods.contains("client_secret_basic") { return .basic }
        if methods.contains("client_secret_post") { return .post }
        if !methods.isEmpty {
            refuse(
                .clientAuthentication,
                "the provider takes no client secret, only \(shown(methods))",
                remedy: "let it allow client_secret_basic for this client")
        }
        return .basic
    }

    /// What need not keep anybody out.
    private mutating func judgeWishes(_ document: JSONValue) {
        if let scopes = strings("scopes_supported", in: document) {
            facts.append(ProviderFact(.scopes, shown(scopes)))
            let missing = provider.client.scopes.filter { !scopes.contains(UTF8Text($0)) }
            if !missing.isEmpty {
                findings.append(
                    ProviderFinding(
                        .scopes, "the provider does not list the scopes \(missing.joined(separator: ", "))",
                        remedy: "add them at the provider, or take them out of scopes if a sign-in fails",
                        preventsSignIn: false))
            }
        }
        if let methods = strings("code_challenge_methods_supported", in: document) {
            facts.append(ProviderFact(.codeChallengeMethods, shown(methods)))
            if !methods.contains("S256") {
                findings.append(
                    ProviderFinding(
                        .pkce, "the provider does not know PKCE's S256, which is sent all the same",
                        remedy: "bring it up to date if that can be had", preventsSignIn: false))
            }
        }
    }

    /// A list of texts; what else is in it is left out.
    private func strings(_ member: StaticString, in document: JSONValue) -> [UTF8Text]? {
        guard case .array(let values)? = document[member] else { return nil }
        return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    private mutating func refuse(
        _ subject: ProviderFinding.Subject, _ problem: String,
        remedy: String = "see whether issuer leads to an OpenID provider"
    ) {
        findings.append(ProviderFinding(subject, problem, remedy: remedy))
    }

    private func shown(_ text: UTF8Text) -> String { SafeText.words(text.string, limit: .octets(400)) }
    private func shown(_ texts: [UTF8Text]) -> String {
        texts.prefix(40).map(shown).joined(separator: ", ")
    }
}

/// Words that stand in several places.
enum ProviderWords {
    static let signingKey =
        "choose a signing key in the provider's settings there: without one it signs with the client's secret"
}
