package import GatehouseCore

/// A checked message of a provider that somebody signed out there.
package struct LogoutNotice: Equatable, Sendable {
    package let issuer: UTF8Text
    /// At least one of the two is there.
    package let subject: UTF8Text?
    package let session: UTF8Text?
    /// Unique for the issuer: a second one is refused.
    package let id: UTF8Text
    /// Until when a second one could pass.
    package let expiresAt: Timestamp

    package init(issuer: UTF8Text, subject: UTF8Text?, session: UTF8Text?, id: UTF8Text, expiresAt: Timestamp) {
        self.issuer = issuer
        self.subject = subject
        self.session = session
        self.id = id
        self.expiresAt = expiresAt
    }
}
