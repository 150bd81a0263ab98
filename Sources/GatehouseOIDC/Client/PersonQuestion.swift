internal import GatehouseCore
internal import GatehouseFormats

/// Who somebody is for whom the provider gave tokens: asked of the ID token, of userinfo, or of an interface of its own.
struct PersonQuestion {
    let client: ProviderClient
    let metadata: ProviderMetadata
    let deadline: CallDeadline
    let now: Timestamp

    var provider: Provider { client.provider }
    private var oddities: ProviderFacts.Oddities { provider.facts.oddities }

    /// The person that an answer of the token endpoint is about.
    ///
    /// `displayName` is what the browser brought of it, which counts where the provider says nothing; `former` what was kept before,
    /// of which stays what the answer does not replace.
    func signIn(
        _ answer: TokenAnswer, as occasion: IDTokenExpectation.Occasion, startedAt: Timestamp, maxAge: Duration?,
        displayName: UTF8Text?, before former: ProviderTokens? = nil
    ) async throws(ProviderError) -> ProviderSignIn {
        let tokens = tokens(of: answer, before: former)
        guard !oddities.contains(.plainOAuth) else {
            // Nothing says when the provider asked the person: like an ID token without `auth_time`.
            guard maxAge == nil || provider.session.trustsReauthentication else {
                throw .refused(
                    ProviderRefusal(.authenticationTime, "the provider cannot say when it asked the person"))
            }
            return signIn(try await plainClaims(answer.access), nil, tokens)
        }
        let token = try await idToken(of: answer, as: occasion, startedAt: startedAt, maxAge: maxAge)
        var claims = PersonClaims(subject: token.subject, claims: token.claims)
        var more: [(name: UTF8Text, value: JSONValue)] = []
        if let displayName, claims[provider.claims.displayName] == nil, let member = provider.claims.displayName.first {
            more.append((member, .string(displayName)))
        }
        if let groups = try await groupsThatDidNotFit(claims, answer.access) { more.append(("groups", groups)) }
        if wantsUserinfo(claims), let address = metadata.endpoints.userinfo {
            guard case .object(let members) = try await userinfo(at: address, answer.access) else {
                throw .refused(ProviderRefusal(.userinfo, "userinfo's answer is no object"))
            }
            let names = Set(more.map(\.name))
            // Also without any member: whom an answer is about has to be said.
            more = members.filter { !names.contains($0.name) } + more
            claims = try joined(claims, more)
        } else if !more.isEmpty {
            claims = try joined(claims, more + [("sub", .string(token.subject.subject))])
        }
        return signIn(claims, token, tokens)
    }

    private func joined(
        _ claims: PersonClaims, _ more: [(name: UTF8Text, value: JSONValue)]
    ) throws(ProviderError) -> PersonClaims {
        do throws(ProviderRefusal) { return try claims.joined(with: .object(more)) } catch { throw .refused(error) }
    }

    /// Whether somebody is still there, asked with an access token.
    ///
    /// What userinfo does not say stays as the ID token said it, from which it came before.
    ///
    /// - Throws: `.refused` if not, or if it is somebody else by now.
    func person(_ subject: ExternalSubject, with tokens: ProviderTokens) async throws(ProviderError) -> ProviderSignIn {
        guard !tokens.access.isEmpty else {
            throw .misconfigured(
                reason:
                    "nobody can be asked about again: the access token was too long to be kept, and there is no refresh "
                    + "token; have the provider put less into it, or take recheck out")
        }
        if oddities.contains(.plainOAuth) {
            let claims = try await plainClaims(tokens.access)
            guard claims.subject == subject else {
                throw .refused(ProviderRefusal(.subject, "the provider answers for somebody else"))
            }
            return signIn(claims, nil, tokens)
        }
        guard provider.tokens.userinfo != .never, let address = metadata.endpoints.userinfo else {
            throw .misconfigured(
                reason: "nobody can be asked about again: the provider sends no ID token with refreshed tokens, and "
                    + (metadata.endpoints.userinfo == nil
                        ? "has no userinfo" : "userinfo = \"never\" in [[provider]] \"\(provider.name)\"")
                    + "; take recheck out")
        }
        let answer = try await userinfo(at: address, tokens.access)
        do throws(ProviderRefusal) {
            let said = try PersonClaims(subject: subject, claims: .object([])).joined(with: answer)
            return signIn(said.completed(by: formerClaims(tokens, of: subject, besides: said)), nil, tokens)
        } catch { throw .refused(error) }
    }

    /// The claims of an ID token that was verified when it came, and was sealed since; `nil` if none was kept.
    ///
    /// That an address was verified was said of the address in there, and of no other one.
    private func formerClaims(
        _ tokens: ProviderTokens, of subject: ExternalSubject, besides said: PersonClaims
    ) -> JSONValue? {
        let parts = tokens.id?.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) ?? []
        guard parts.count == 3, let payload = Base64URL.decode(Array(parts[1]).span),
            case .object(let members)? = try? JSONValue(parsing: payload)
        else { return nil }
        let claims = JSONValue.object(members)
        guard claims["iss"]?.text == subject.issuer, claims["sub"]?.text == subject.subject else { return nil }
        let paths = provider.claims
        let former = PersonClaims(subject: subject, claims: claims)
        guard let address = said[paths.email], address != former[paths.email] else { return claims }
        return .object(members.filter { $0.name != paths.emailVerified.first })
    }

    /// What is kept of an answer; what it does not replace stays.
    func tokens(of answer: TokenAnswer, before former: ProviderTokens?) -> ProviderTokens {
        let id = answer.idToken.flatMap { $0.count <= 8_192 ? UTF8Text(validating: $0) : nil }
        return ProviderTokens(
            access: answer.access, refresh: answer.refresh ?? former?.refresh, id: id ?? former?.id,
            accessExpiresAt: answer.expiresIn.map { now.advanced(by: $0) })
    }

    private func idToken(
        of answer: TokenAnswer, as occasion: IDTokenExpectation.Occasion, startedAt: Timestamp, maxAge: Duration?
    ) async throws(ProviderError) -> IDToken {
        guard let octets = answer.idToken, let address = metadata.endpoints.keySet else {
            throw .refused(
                ProviderRefusal(.tokenAnswer, "the token answer has no \"id_token\", though openid was asked for"))
        }
        let expected = IDTokenExpectation(
            of: provider, issuer: UTF8Text(metadata.issuer), occasion: occasion, accessToken: answer.access,
            startedAt: startedAt, maxAge: maxAge)
        let now = now
        do throws(ProviderError) {
            return try await client.keys.verified(for: .signIn, at: address, by: deadline) {
                keys throws(ProviderRefusal) in
                try IDTokenVerifier.verify(octets, as: expected, keys: keys, now: now)
            }
        } catch {
            guard case .refused(let refusal) = error, refusal.code == .algorithm,
                oddities.contains(.signingKeyIsOptional)
            else { throw error }
            throw .refused(ProviderRefusal(.algorithm, "\(refusal.reason): \(ProviderWords.signingKey)"))
        }
    }

    private func wantsUserinfo(_ claims: PersonClaims) -> Bool {
        switch provider.tokens.userinfo {
        case .always: true
        case .never: false
        case .auto: provider.claims.lacks(claims, for: provider.admission)
        }
    }

    /// OpenID Connect Core 1.0, section 5.3.
    private func userinfo(at address: String, _ access: UTF8Text) async throws(ProviderError) -> JSONValue {
        try await document(at: address, access, name: "userinfo")
    }

    /// What an address answers to somebody with an access token.
    func document(
        at address: String, _ access: UTF8Text, headers: [(name: String, value: String)] = [], name: String
    ) async throws(ProviderError) -> JSONValue {
        try await page(at: address, access, headers: headers, name: name).document
    }

    /// The same, with the answer's headers.
    func page(
        at address: String, _ access: UTF8Text, headers: [(name: String, value: String)] = [], name: String
    ) async throws(ProviderError) -> (document: JSONValue, headers: [String: String]) {
        let accept = headers.contains { $0.name == "Accept" } ? [] : [(name: "Accept", value: "application/json")]
        let response = try await client.line.answer(
            to: .init(
                url: address, headers: [("Authorization", "Bearer \(access.string)")] + accept + headers, name: name),
            by: deadline)
        switch response.status {
        case 200: break
        case 401: throw .refused(ProviderRefusal(.accessToken, "\(name) does not take the access token any more (401)"))
        case 403:
            throw .misconfigured(
                reason:
                    "\(name) answers 403: scopes in [[provider]] \"\(provider.name)\" do not suffice for it, or the "
                    + "provider does not give them to this client")
        default: throw .refused(ProviderRefusal(.userinfo, "\(name) answers \(response.status)"))
        }
        guard response.mediaType != Array("application/jwt".utf8) else {
            throw .refused(
                ProviderRefusal(
                    .userinfo,
                    "\(name) answers with a signed token (application/jwt): have the provider send plain JSON"))
        }
        switch response.document() {
        case .success(let document): return (document, response.headers)
        case .failure(let reason):
            throw .refused(ProviderRefusal(.userinfo, "\(name): \(reason.description)"))
        }
    }

    private func signIn(_ claims: PersonClaims, _ token: IDToken?, _ tokens: ProviderTokens) -> ProviderSignIn {
        let person = provider.claims.person(
            of: claims, provider: provider.name.text, takesTextAsVerified: oddities.contains(.verifiedAsText))
        let verdict = provider.admission.verdict(
            on: person, claims: claims, hostedDomain: oddities.contains(.hostedDomain) ? ["hd"] : nil,
            groupsClaim: Admission.shown(provider.claims.groups))
        return ProviderSignIn(
            person: person, admission: verdict, authenticatedAt: token?.authenticatedAt, methods: token?.methods ?? [],
            contextClass: token?.contextClass, providerSession: token?.session, tokens: tokens)
    }
}

extension Provider {
    /// Whether anything here asks which groups somebody is in.
    var wantsGroups: Bool {
        let mapping = accounts.groups
        return !admission.groups.isEmpty || mapping.keepsOthers || !mapping.groups.isEmpty || !mapping.staff.isEmpty
            || !mapping.superusers.isEmpty
    }
}
