internal import GatehouseCore
internal import GatehouseOIDC

/// What a browser brings back from a provider: the state that finds the record, and the provider's answer.
struct ReturnParameters: Equatable, Sendable {
    let state: SecretToken
    let answer: AuthorizationAnswer

    static let maxQueryLength = 8_192
    static let maxCodeLength = 2_048
    /// An error is a word, and its description a sentence.
    private static let maxErrorLength = 128
    /// Of what a provider tells beside its answer.
    static let maxToldLength = 1_024

    /// Takes the fields of a query, each of which is there at most once (RFC 6749, section 3.1): `FormFields` refuses others.
    ///
    /// - Returns: `nil` if there is no state of a record of ours, or if anything has a form that it cannot have.
    init?(_ fields: FormFields?) {
        guard let fields, let state = fields["state"].flatMap({ SecretToken(parsing: $0.span) }) else { return nil }
        let (code, error, issuer) = (fields["code"], fields["error"], fields["iss"])
        guard ReturnParameters.isPrintable(code, most: ReturnParameters.maxCodeLength),
            ReturnParameters.isPrintable(error, most: ReturnParameters.maxErrorLength),
            ReturnParameters.isPrintable(issuer, most: ReturnParameters.maxCodeLength)
        else { return nil }
        self.state = state
        answer = AuthorizationAnswer(
            code: code.map(UTF8Text.init(wellFormed:)), issuer: issuer.map(UTF8Text.init(wellFormed:)),
            error: error.map(UTF8Text.init(wellFormed:)),
            errorDescription: fields["error_description"].flatMap(UTF8Text.init(validating:)))
    }

    init(state: SecretToken, answer: AuthorizationAnswer) {
        self.state = state
        self.answer = answer
    }

    /// Whether a parameter is missing, or one or more characters of printable ASCII.
    private static func isPrintable(_ octets: [UInt8]?, most: Int) -> Bool {
        guard let octets else { return true }
        return (1...most).contains(octets.count) && octets.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// What an operator is told of the provider's own words; `nil` if it said none.
    var told: String? {
        guard let error = answer.error else { return nil }
        let description = answer.errorDescription.map { ": \(SafeText.octets($0.bytes, limit: 200))" } ?? ""
        return "\(SafeText.octets(error.bytes, limit: 128))\(description)"
    }

    /// The query of the same answer that came as a form: only what an answer is made of.
    static func query(_ fields: FormFields) -> [(name: StaticString, value: String)] {
        let names: [StaticString] = ["code", "state", "iss", "error", "error_description", "error_uri"]
        return names.compactMap { name in
            fields[name].map { value in
                var escaped: [UInt8] = []
                ASCII.appendPercentEncoded(value, to: &escaped)
                return (name, String(decoding: escaped, as: UTF8.self))
            }
        }
    }
}
