/// The opaque secret of a session cookie (or of another single purpose): 32 random octets, written as 43 characters.
///
/// Prints as `<redacted>`; only `text` reveals it, and only a `Set-Cookie` line or a form field may carry that.
package struct SecretToken: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let first: Octets16
    package let second: Octets16

    /// The characters of a token's text.
    package static let textLength = 43

    /// - Parameter octets: 32 octets from the system's generator; `nil` for any other number.
    package init?(octets: [UInt8]) {
        guard octets.count == 32, let first = Octets16(prefix: octets.span),
            let second = Octets16(prefix: octets.span.extracting(16..<32))
        else { return nil }
        self.first = first
        self.second = second
    }

    /// Takes exactly 43 characters of base64url whose spare bits are zero; anything else is `nil`.
    package init?(parsing text: Span<UInt8>) {
        guard let (first, second) = Base64URL.decode32(text) else { return nil }
        self.first = first
        self.second = second
    }

    package var octets: [UInt8] { first.octets + second.octets }
    package var text: String { String(decoding: Base64URL.encode(octets), as: UTF8.self) }
    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a secret is for; part of every keyed hash and of every key, so that none can act as another.
package enum SecretKind: String, Sendable, CaseIterable {
    case session = "s"
    case user = "u"
    case csrf = "c"
    /// The link that the first administrator is made with.
    case setup = "a"
    /// A link for choosing a new password.
    case reset = "r"
    /// A sign-in that is not finished yet.
    case pending = "p"
    /// A browser that people signed in with before.
    case device = "d"
    /// An address to come back to.
    case wayBack = "w"
    /// A sign-in that was begun at a provider: the secret is the `state` that it sends back.
    case provider = "o"
    /// A message of a provider that was taken once.
    case providerMessage = "j"
    /// A name or an address whose attempts are counted.
    case throttle = "t"
    /// The name that somebody signed in under.
    case name = "n"
    /// A person of a provider, or a session there, whose sessions here are found by it.
    case external = "x"
}

/// The lookup id of a session: what the store knows in place of the token.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let octets: Octets16

    package init(_ octets: Octets16) { self.octets = octets }

    /// Takes what `text` gives; `nil` for anything else.
    package init?(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 22, let octets = Base64URL.decode(bytes.span), let id = Octets16(prefix: octets.span)
        else {
            return nil
        }
        self.init(id)
    }

    /// 22 characters of base64url, as in the store's keys.
    package var text: String {
        var bytes: [UInt8] = []
        octets.appendBase64URL(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first eight characters: enough to find a session in a log, too few to guess the rest.
    package var description: String { String(text.prefix(8)) }
}
