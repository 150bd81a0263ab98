internal import GatehouseCore

extension Link {
    /// A page of the portal, which may be told to remember a place, to offer its form to someone who is signed in, to say what
    /// was done, or a secret that only a mail may carry.
    ///
    /// The sign-in page may be told to stay where it is (`staysOnPage`), a provider to let the person choose an account. Pages that
    /// are shown under another host need absolute links.
    init(
        _ place: Place, of portal: PortalAddress, isAbsolute: Bool = false, returningTo: Destination? = nil,
        switchesUser: Bool = false, staysOnPage: Bool = false, picksAccount: Bool = false, done: Done? = nil,
        secret: SecretToken? = nil
    ) {
        var query: [(name: StaticString, value: String)] = []
        if let returningTo {
            if let key = returningTo.key {
                query.append(("rk", key.text))
            } else {
                var escaped: [UInt8] = []
                ASCII.appendPercentEncoded(returningTo.address.text.utf8, to: &escaped)
                query.append(("rd", String(decoding: escaped, as: UTF8.self)))
            }
        }
        if switchesUser { query.append(("switch", "1")) }
        if staysOnPage { query.append(("auto", "no")) }
        if picksAccount { query.append(("account", "other")) }
        if let done { query.append(("done", done.rawValue)) }
        if let secret { query.append(("token", secret.text)) }
        self.init(path: place.path, query: query, of: portal, isAbsolute: isAbsolute)
    }
}

/// What was just done, told once by the page that its address leads to.
enum Done: String, CaseIterable, Sendable {
    case password
    case session
    case others
    /// An account elsewhere was linked.
    case linked
    /// A link to an account elsewhere was taken away.
    case unlinked
    /// The first administrator was made: what comes next is told, too.
    case setup
}
