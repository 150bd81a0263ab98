internal import GatehouseCore
internal import GatehouseCrypto

/// The secret in a form that only a page made by the portal can hold.
///
/// 64 octets: which secret of the browser the form was made for (16, a keyed hash), for whom (16, likewise), and a keyed hash of
/// both. So a form that was made by us, but for a cookie that is gone by now, can be told from a forged one.
struct FormToken: Sendable {
    let key: CSRFKey

    enum Purpose: Sendable {
        /// Bound to the cookie of a browser without session.
        case signIn
        /// Bound to the session.
        case signOut
        /// Bound to the cookie of a browser without session, too.
        case setup
        case reset
        /// Bound to the secret of the link, or of the sign-in that waits, and to whose password it is.
        case newPassword
        /// Bound to the session and its person: one's own password and sessions.
        case account
        /// Bound to both, too: the link that begins to link an account elsewhere.
        case link

        fileprivate var text: StaticString {
            switch self {
            case .signIn: "login"
            case .signOut: "logout"
            case .setup: "setup"
            case .reset: "reset"
            case .newPassword: "new-password"
            case .account: "account"
            case .link: "link"
            }
        }
    }

    enum Verdict: Equatable, Sendable {
        /// Made for this browser as it is now.
        case current
        /// Made by us, but for a cookie that this browser has no more, or that another browser has.
        case stale
        /// Made by us, for somebody else.
        case ofSomebodyElse
        case forged
    }

    static let textLength = 86
    private static let idLength = 16

    /// The text of the hidden field.
    func text(for secret: SecretToken, _ purpose: Purpose, of person: UserReference? = nil) -> String {
        let id = id(of: secret) + id(of: person)
        return String(decoding: Base64URL.encode(id + key.mac(of: id, purpose: purpose.text)), as: UTF8.self)
    }

    /// Judges a hidden field; `secrets` are those that the browser shows now.
    func judge(
        _ text: [UInt8]?, for secrets: [SecretToken], _ purpose: Purpose, of person: UserReference? = nil
    ) -> Verdict {
        guard let text, text.count == FormToken.textLength, let given = Base64URL.decode(text.span),
            given.count == 2 * FormToken.idLength + 32
        else { return .forged }
        let id = Array(given.prefix(2 * FormToken.idLength))
        guard ConstantTime.equal(Array(given.dropFirst(id.count)), key.mac(of: id, purpose: purpose.text)) else {
            return .forged
        }
        guard Array(id.dropFirst(FormToken.idLength)) == self.id(of: person) else { return .ofSomebodyElse }
        let bound = Array(id.prefix(FormToken.idLength))
        return secrets.contains { ConstantTime.equal(self.id(of: $0), bound) } ? .current : .stale
    }

    private func id(of secret: SecretToken) -> [UInt8] {
        Array(key.mac(of: secret.octets, purpose: "form").prefix(FormToken.idLength))
    }

    private func id(of person: UserReference?) -> [UInt8] {
        guard let person else { return [UInt8](repeating: 0, count: FormToken.idLength) }
        return Array(
            key.mac(of: person.backend.text.bytes + [0] + person.id.bytes, purpose: "form-person").prefix(
                FormToken.idLength))
    }
}
