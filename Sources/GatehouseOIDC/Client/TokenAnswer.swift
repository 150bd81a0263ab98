internal import GatehouseCore
internal import GatehouseFormats

/// What the token endpoint answers (RFC 6749, sections 5.1 and 5.2).
struct TokenAnswer: Sendable {
    let access: UTF8Text
    let refresh: UTF8Text?
    let idToken: [UInt8]?
    let expiresIn: Duration?

    /// The longest access or refresh token that is taken: it has to fit into a header.
    static let maxToken = 32_768

    /// Reads an answer: an error first, whatever the status says; GitHub answers errors with 200.
    ///
    /// - Throws: `.refused` with `.code` if the code or the refresh token is not good any more, with `.tokenAnswer` for what is no
    ///   answer; `.misconfigured` if it is not the person's fault; `.outage`.
    init(_ response: ProviderResponse, of provider: Provider) throws(ProviderError) {
        let document: JSONValue
        switch response.document() {
        case .success(let value): document = value
        case .failure(let reason):
            throw TokenAnswer.failure(status: response.status, reason.description, provider)
        }
        if let error = document["error"] {
            throw TokenAnswer.failure(error.text ?? "", document["error_description"]?.text, provider)
        }
        guard response.status == 200 else {
            throw TokenAnswer.failure(status: response.status, "it has no \"error\"", provider)
        }
        guard let type = document["token_type"]?.text, type.bytes.span.equalsIgnoringCase("bearer") else {
            throw TokenAnswer.refused("\"token_type\" of the token answer is not Bearer")
        }
        guard let access = document["access_token"]?.text, TokenAnswer.isToken(access) else {
            throw TokenAnswer.refused("the token answer has no \"access_token\" that is one")
        }
        self.access = access
        refresh = document["refresh_token"]?.text.flatMap { TokenAnswer.isToken($0) ? $0 : nil }
        idToken = document["id_token"]?.text?.bytes
        expiresIn = TokenAnswer.seconds(document["expires_in"])
    }

    /// 1 to 32,768 octets of visible ASCII, which may stand in a header as they are.
    private static func isToken(_ text: UTF8Text) -> Bool {
        (1...maxToken).contains(text.bytes.count) && text.bytes.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// A number, or a text that spells one: some write that.
    private static func seconds(_ value: JSONValue?) -> Duration? {
        let seconds =
            switch value {
            case .number(let number)?: number.whole
            case .string(let text)?: ASCII.decimal(text.bytes.span, limit: Int(Int32.max)).map(Int64.init)
            default: Int64?.none
            }
        guard let seconds, (0...Int64(Int32.max)).contains(seconds) else { return nil }
        return .seconds(seconds)
    }

    private static func failure(
        _ error: UTF8Text, _ description: UTF8Text?, _ provider: Provider
    ) -> ProviderError {
        let said = Said(error: error, description: description)
        switch error {
        // The first is the standard's, the others GitHub's and glewlwyd's.
        case "invalid_grant", "bad_verification_code", "bad_refresh_token", "invalid_code":
            return .refused(
                ProviderRefusal(
                    .code, "the token endpoint answers \(said): it is spent, too old, or of another redirect address"))
        case "temporarily_unavailable", "server_error", "slow_down":
            return .outage(reason: "the token endpoint answers \(said)")
        case "invalid_client", "incorrect_client_credentials", "unauthorized_client", "invalid_scope",
            "invalid_request", "unsupported_grant_type", "redirect_uri_mismatch":
            return .misconfigured(reason: "the token endpoint answers \(said): \(said.remedy(for: provider))")
        default: return refused("the token endpoint answers \(said)")
        }
    }

    private static func failure(status: Int, _ reason: String, _ provider: Provider) -> ProviderError {
        if status == 401 {
            let said = Said(error: "invalid_client", description: nil)
            return .misconfigured(reason: "the token endpoint answers 401: \(said.remedy(for: provider))")
        }
        if status == 404 || status == 405 {
            return .misconfigured(reason: "the token endpoint answers \(status): it is not where it is asked")
        }
        return refused("the token endpoint answers \(status), and the answer is none: \(reason)")
    }

    private static func refused(_ reason: String) -> ProviderError { .refused(ProviderRefusal(.tokenAnswer, reason)) }
}
