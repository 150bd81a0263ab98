internal import GatehouseCore

/// An address that a page may point to: a page of the portal, or a checked return address.
struct Link: Hashable, Sendable {
    /// Printable ASCII.
    let text: String

    private init(text: String) { self.text = text }

    /// A place that was checked.
    init(_ address: ReturnAddress) { text = address.text }

    /// Whom people can turn to, as the configuration names it.
    init(_ contact: Contact) { text = contact.link }

    /// A page of the portal, which may be told to remember a place, to offer its form to someone who is signed in, to say what
    /// was done, or a secret that only a mail may carry.
    ///
    /// Pages that are shown under another host need absolute links.
    init(
        _ place: Place, of portal: PortalAddress, isAbsolute: Bool = false, returningTo: Destination? = nil,
        switchesUser: Bool = false, done: AccountPages.Done? = nil, secret: SecretToken? = nil
    ) {
        var bytes = Array((isAbsolute ? portal.description : portal.prefix).utf8)
        bytes += place.path.utf8
        var separator = UInt8(ascii: "?")
        if let returningTo {
            bytes.append(separator)
            if let key = returningTo.key {
                bytes += "rk=\(key.text)".utf8
            } else {
                bytes += "rd=".utf8
                ASCII.appendPercentEncoded(returningTo.address.text.utf8, to: &bytes)
            }
            separator = UInt8(ascii: "&")
        }
        if switchesUser {
            bytes.append(separator)
            bytes += "switch=1".utf8
            separator = UInt8(ascii: "&")
        }
        if let done {
            bytes.append(separator)
            bytes += "done=\(done.rawValue)".utf8
            separator = UInt8(ascii: "&")
        }
        if let secret {
            bytes.append(separator)
            bytes += "token=\(secret.text)".utf8
        }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether the head of an answer can hold it: proxies take 4 KiB, of which cookies need their share.
    var isShort: Bool { text.utf8.count <= 1_800 }

    /// The pages and files of the portal that others point to.
    enum Place {
        case signIn
        case signOut
        case signInPassword
        case onward
        case account
        case accountPassword
        case accountSessions
        case reset
        case resetPassword
        case setup
        case file(StaticFile)

        var path: String {
            switch self {
            case .signIn: "/login"
            case .signOut: "/logout"
            case .signInPassword: "/login/password"
            case .onward: "/login/continue"
            case .account: "/account"
            case .accountPassword: "/account/password"
            case .accountSessions: "/account/sessions"
            case .reset: "/reset"
            case .resetPassword: "/reset/password"
            case .setup: "/setup"
            case .file(let file): file.path
            }
        }
    }
}
