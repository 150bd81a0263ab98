package import GatehouseCore
package import GatehouseFormats

/// An ID token that was verified: only `IDTokenVerifier` makes one.
package struct IDToken: Sendable {
    package let subject: ExternalSubject
    /// All claims: an object.
    package let claims: JSONValue
    /// When the provider asked the person; `nil` if it does not say.
    package let authenticatedAt: Timestamp?

    init(subject: ExternalSubject, claims: JSONValue, authenticatedAt: Timestamp?) {
        self.subject = subject
        self.claims = claims
        self.authenticatedAt = authenticatedAt
    }

    /// How the person was asked (`amr`, RFC 8176); what is no text is passed over.
    package var methods: [UTF8Text] {
        guard case .array(let values)? = claims["amr"] else { return [] }
        return values.prefix(32).compactMap(\.text).filter { ClaimText.isShortASCII($0) }
    }

    /// The context class (`acr`).
    package var contextClass: UTF8Text? { claims["acr"]?.text.flatMap { ClaimText.isShortASCII($0) ? $0 : nil } }

    /// The provider's own session (`sid`).
    package var session: UTF8Text? { claims["sid"]?.text.flatMap { ClaimText.isShortASCII($0) ? $0 : nil } }
}

/// What texts in claims have to be.
enum ClaimText {
    /// 1 to 255 octets of printable ASCII.
    static func isShortASCII(_ text: UTF8Text) -> Bool {
        (1...255).contains(text.bytes.count) && text.bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
