internal import GatehouseCore
internal import GatehouseCrypto

/// The address that a browser is sent to (OpenID Connect Core 1.0, section 3.1.2.1).
struct AuthorizationAddress {
    let provider: Provider
    let metadata: ProviderMetadata

    /// - Throws: `CryptoError` if nothing can be hashed.
    func text(for wish: AuthorizationWish, nonce: SecretToken, verifier: SecretToken) throws(CryptoError) -> String {
        let isOpenID = !provider.facts.oddities.contains(.plainOAuth)
        // RFC 7636, section 4.2: the hash is over the characters.
        let challenge = Base64URL.encode(try Digest.sha256(Array(verifier.text.utf8)))
        var parameters: [(name: String, value: String)] = [
            ("response_type", "code"), ("client_id", provider.client.id), ("redirect_uri", wish.redirectURI),
            ("state", wish.state.text), ("code_challenge", String(decoding: challenge, as: UTF8.self)),
            ("code_challenge_method", "S256"),
        ]
        let scopes = self.scopes(isOpenID)
        if !scopes.isEmpty { parameters.append(("scope", scopes.joined(separator: " "))) }
        if isOpenID {
            parameters.append(("nonce", nonce.text))
            if let maxAge = wish.maxAge { parameters.append(("max_age", String(max(0, maxAge.components.seconds)))) }
        }
        if provider.facts.oddities.contains(.formPost), scopes.contains(where: { $0 == "name" || $0 == "email" }) {
            parameters.append(("response_mode", "form_post"))
        }
        if let hint = wish.loginHint, !hint.isEmpty { parameters.append(("login_hint", hint.string)) }
        // A hint alone: what comes back is compared.
        if provider.facts.oddities.contains(.hostedDomain), provider.admission.domains.count == 1,
            let domain = provider.admission.domains.first
        {
            parameters.append(("hd", domain.string))
        }
        return FormText.address(metadata.endpoints.authorization, with: parameters + more(wish))
    }

    private func scopes(_ isOpenID: Bool) -> [String] {
        var scopes = provider.client.scopes
        if isOpenID, !scopes.contains("openid") { scopes.insert("openid", at: 0) }
        if provider.session.recheck != nil {
            scopes += provider.facts.refresh.scopes.filter { !scopes.contains($0) }
        }
        return scopes
    }

    /// What asks the person, and what a refresh token takes; several prompts are one parameter.
    private func more(_ wish: AuthorizationWish) -> [(name: String, value: String)] {
        let refresh = provider.session.recheck != nil ? provider.facts.refresh.parameters : []
        var prompts = refresh.filter { $0.name == "prompt" }.map(\.value)
        if let prompt = wish.prompt?.rawValue, !prompts.contains(prompt) { prompts.insert(prompt, at: 0) }
        let others = refresh.filter { $0.name != "prompt" }
        return prompts.isEmpty ? others : others + [("prompt", prompts.joined(separator: " "))]
    }
}
