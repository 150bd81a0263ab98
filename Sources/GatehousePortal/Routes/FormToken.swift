internal import GatehouseCore
internal import GatehouseCrypto

/// The secret in a form that only a page shown to the same browser can know.
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
        /// Bound to the secret of the link, or of the sign-in that waits.
        case newPassword
        /// Bound to the session: one's own password and sessions.
        case account

        fileprivate var text: StaticString {
            switch self {
            case .signIn: "login"
            case .signOut: "logout"
            case .setup: "setup"
            case .reset: "reset"
            case .newPassword: "new-password"
            case .account: "account"
            }
        }
    }

    /// The text of the hidden field.
    func text(for cookie: SecretToken, _ purpose: Purpose) -> String {
        String(decoding: Base64URL.encode(key.mac(of: cookie.octets, purpose: purpose.text)), as: UTF8.self)
    }

    func isValid(_ text: [UInt8]?, for cookie: SecretToken?, _ purpose: Purpose) -> Bool {
        guard let text, let cookie, text.count == SecretToken.textLength, let given = Base64URL.decode(text.span) else {
            return false
        }
        return ConstantTime.equal(given, key.mac(of: cookie.octets, purpose: purpose.text))
    }
}
