/// What one sign-in at a provider was begun with: the provider is asked with it and answers to it, and until then a sealed record
/// keeps it.
///
/// It is never shown.
package struct StartedSignIn: Equatable, Sendable {
    /// The one that the provider called itself then.
    package let issuer: UTF8Text
    package let redirectURI: UTF8Text
    /// Three values that have nothing to do with each other: `state` is the key of the record.
    package let nonce: SecretToken
    package let verifier: SecretToken
    /// How long ago the provider may have asked the person; `nil` for any time.
    package let maxAge: Duration?
    package let startedAt: Timestamp

    package init(
        issuer: UTF8Text, redirectURI: UTF8Text, nonce: SecretToken, verifier: SecretToken, maxAge: Duration?,
        startedAt: Timestamp
    ) {
        self.issuer = issuer
        self.redirectURI = redirectURI
        self.nonce = nonce
        self.verifier = verifier
        self.maxAge = maxAge
        self.startedAt = startedAt
    }
}
