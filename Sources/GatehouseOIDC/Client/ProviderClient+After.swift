package import GatehouseCore

/// What comes after a sign-in.
extension ProviderClient {
    package func signOutAddress(hint: ProviderTokens?, returnTo: String) async -> String? {
        guard let metadata = try? await metadata.metadata(by: line.deadline(CallDeadline.call)),
            let address = metadata.endpoints.endSession
        else { return nil }
        // RP-Initiated Logout 1.0, section 2.
        var parameters: [(name: String, value: String)] = []
        if let id = hint?.id { parameters.append(("id_token_hint", id.string)) }
        parameters += [("client_id", provider.client.id), ("post_logout_redirect_uri", returnTo)]
        return FormText.address(address, with: parameters)
    }

    package func judge(logoutToken: [UInt8], now: Timestamp) async throws(ProviderError) -> LogoutNotice {
        let deadline = line.deadline()
        let metadata = try await metadata.metadata(by: deadline)
        guard let address = metadata.endpoints.keySet else {
            throw .refused(ProviderRefusal(.key, "the provider has no keys to verify a message with"))
        }
        let expected = LogoutTokenExpectation(of: provider, issuer: UTF8Text(metadata.issuer))
        return try await keys.verified(for: .message, at: address, by: deadline) { keys throws(ProviderRefusal) in
            try LogoutTokenVerifier.verify(logoutToken, as: expected, keys: keys, now: now)
        }
    }

    package func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn {
        try await recheck(tokens, of: subject, now: now) { _ in }
    }

    package func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp,
        keep: @Sendable (ProviderTokens) async -> Void
    ) async throws(ProviderError) -> ProviderSignIn {
        let deadline = line.deadline()
        let metadata = try await metadata.metadata(by: deadline)
        let question = PersonQuestion(client: self, metadata: metadata, deadline: deadline, now: now)
        guard let refresh = tokens.refresh else { return try await question.person(subject, with: tokens) }
        let answer = try await redeem(
            [("grant_type", "refresh_token"), ("refresh_token", refresh.string)], metadata, now, by: deadline)
        let renewed = question.tokens(of: answer, before: tokens)
        await keep(renewed)
        guard answer.idToken != nil, !provider.facts.oddities.contains(.plainOAuth) else {
            return try await question.person(subject, with: renewed)
        }
        let signIn = try await question.signIn(
            answer, as: .refresh(of: subject.subject), startedAt: now, maxAge: nil, displayName: nil, before: tokens)
        guard signIn.person.subject == subject else {
            throw .refused(ProviderRefusal(.subject, "the refreshed token is somebody else's"))
        }
        return signIn
    }

    package func revoke(_ tokens: ProviderTokens) {
        // Ends by itself: each call has its own limit, and nobody waits for it.
        Task {
            let deadline = line.deadline()
            guard let metadata = try? await metadata.metadata(by: deadline),
                let address = metadata.endpoints.revocation
            else { return }
            // RFC 7009, section 2.1; the refresh token first, with which most providers let the others go.
            let pairs = [(tokens.refresh, "refresh_token"), (tokens.access, "access_token")]
            for case (let token?, let kind) in pairs where !token.isEmpty {
                guard let proof = try? ClientProof(provider.client, metadata.tokenAuthentication, now: clock())
                else { return }
                let form = FormText.form([("token", token.string), ("token_type_hint", kind)] + proof.parameters)
                _ = try? await line.answer(
                    to: .init(url: address, body: .form(form), headers: proof.headers, name: "the revocation endpoint"),
                    by: deadline)
            }
        }
    }
}
