internal import GatehouseCore

extension AuthorizationAnswer {
    /// The code, if this is the provider's answer to that start, and a yes.
    ///
    /// Whose answer it is comes first, and counts for a no as well (RFC 9207, section 2.4). Where there is an error, no code is
    /// looked at.
    func code(of started: StartedSignIn, at provider: Provider, namesIssuer: Bool) throws(ProviderError) -> UTF8Text {
        guard started.issuer == UTF8Text(provider.issuer) else {
            throw refused(.mixUp, "the sign-in began while another issuer was configured")
        }
        if let issuer {
            guard issuer == started.issuer else {
                throw refused(.mixUp, "the answer comes from another issuer than the sign-in was begun with")
            }
        } else if namesIssuer {
            throw refused(.mixUp, "the answer names no issuer, though the provider says that its answers do")
        }
        if let error { throw failure(error, of: provider) }
        guard let code else { throw refused(.code, "the answer has neither a code nor an error") }
        guard (1...2_048).contains(code.bytes.count), code.bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw refused(.code, "the code is not 1 to 2,048 octets of printable ASCII")
        }
        return code
    }

    /// What an error means (RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6).
    private func failure(_ error: UTF8Text, of provider: Provider) -> ProviderError {
        let said = Said(error: error, description: errorDescription)
        switch error {
        // The second one is Apple's.
        case "access_denied", "user_cancelled_authorize": return .denied
        case "login_required", "interaction_required", "consent_required", "account_selection_required":
            return .needsInteraction
        case "temporarily_unavailable", "server_error": return .outage(reason: "the provider answers \(said)")
        default: return .misconfigured(reason: "the provider answers \(said): \(said.remedy(for: provider))")
        }
    }

    private func refused(_ code: ProviderRefusal.Code, _ reason: String) -> ProviderError {
        .refused(ProviderRefusal(code, reason))
    }
}

/// An error in a provider's words, made safe for a log.
struct Said: CustomStringConvertible {
    let error: UTF8Text
    let description: String

    init(error: UTF8Text, description words: UTF8Text?) {
        self.error = error
        let name = SafeText.octets(error.bytes, limit: 64)
        guard let words, !words.isEmpty else {
            description = "\"\(name)\""
            return
        }
        description = "\"\(name)\" (\(SafeText.words(words.string, limit: .octets(200))))"
    }

    /// Which line has to be changed, here or there.
    func remedy(for provider: Provider) -> String {
        let table = "[[provider]] \"\(provider.name)\""
        return switch error {
        case "invalid_client", "incorrect_client_credentials":
            "client_id and client_secret in \(table) have to be those that were registered there"
        case "unauthorized_client":
            "let the client \(SafeText.quoted(provider.client.id, limit: .octets(100))) use the authorization code flow there"
        case "invalid_scope": "scopes in \(table) has one that the provider does not give to this client"
        case "redirect_uri_mismatch": "register the redirect address that `gatehouse provider check` shows"
        case "unsupported_response_type", "unsupported_grant_type":
            "let the provider allow the authorization code flow for this client"
        default:
            "compare the redirect address, client_id and scopes in \(table) with what is registered there"
        }
    }
}
