/// The cookies that an installation sets, by what they are for: all their names follow from the session's.
///
/// Two installations on one host, which share their cookies whatever ports they have, differ in all of them when they differ
/// in that one.
package struct OwnCookies: Hashable, Sendable {
    package let session: SessionCookieName
    /// Binds the sign-in form to a browser that has no session yet.
    package let preSession: SessionCookieName
    /// Holds a sign-in that is not finished yet.
    package let pending: SessionCookieName
    /// Holds the secret of a link for a new password, so that no address shows it.
    package let reset: SessionCookieName
    /// Says who signed in with this browser before.
    package let device: SessionCookieName
    /// Says for a minute that somebody has signed in; without `Secure`, so that it comes back even where the session cannot.
    package let marker: SessionCookieName
    /// The same, and only where `Secure` cookies work; not set over http.
    package let secureMarker: SessionCookieName

    /// In front of a name, a promise that browsers enforce: secure, of one host, for all its paths (RFC 6265bis, section 4.1.3).
    package static let hostPrefix = "__Host-"
    /// The same with another promise: secure.
    package static let securePrefix = "__Secure-"

    /// Over https all others are of the portal's host alone, whatever the session's cookie is.
    package init(session: SessionCookieName, isSecure: Bool) {
        self.session = session
        var bare = session.bytes[...]
        for prefix in [OwnCookies.hostPrefix, OwnCookies.securePrefix] where bare.starts(with: prefix.utf8) {
            bare = bare.dropFirst(prefix.utf8.count)
        }
        let plain = String(decoding: bare, as: UTF8.self)
        marker = SessionCookieName(plain + "-fresh")
        secureMarker = SessionCookieName(OwnCookies.hostPrefix + plain + "-fresh")
        let start = (isSecure ? OwnCookies.hostPrefix : "") + plain
        preSession = SessionCookieName(start + "-pre")
        pending = SessionCookieName(start + "-pending")
        reset = SessionCookieName(start + "-reset")
        device = SessionCookieName(start + "-device")
    }

    /// Every name that is ours: what no application is to see.
    package var names: CookieNames {
        CookieNames(session: session, others: [preSession, pending, reset, device, marker, secureMarker])
    }
}
