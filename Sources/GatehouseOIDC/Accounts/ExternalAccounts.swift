package import GatehouseCore

/// Who people of providers are here: what the portal asks when somebody comes back from one.
package protocol ExternalAccounts: Sendable {
    /// Who an admitted person is, by `AccountRules`; accounts are made and linked here.
    func arrival(
        of signIn: ProviderSignIn, at provider: Provider, now: Timestamp
    ) async throws(BackendError) -> ExternalArrival

    /// Whether the name of somebody who proved who they are elsewhere is held by somebody of a provider: one name is never two
    /// people's, whoever of them comes first.
    func isHeldElsewhere(_ identity: Identity) async throws(BackendError) -> Bool

    /// The identities that an account has elsewhere; empty for people without an account.
    func identities(of user: UserReference) async throws(BackendError) -> [LinkedIdentity]

    /// Links a person elsewhere to the account of somebody who proved both a moment ago.
    func link(
        _ signIn: ProviderSignIn, at provider: Provider, to user: UserReference, now: Timestamp
    ) async throws(BackendError) -> LinkOutcome

    /// Takes a link away, unless it is the last way in.
    func unlink(_ subject: ExternalSubject, from user: UserReference) async throws(BackendError) -> UnlinkOutcome
}

/// What somebody who comes back from a provider is here.
package enum ExternalArrival: Equatable, Sendable {
    case person(Identity)
    /// The name belongs to somebody else, whoever that is.
    case nameTaken(UTF8Text)
    /// There is no name, or none that can be one here.
    case nameUnusable
    /// Only linked people come in, and this one is not.
    case notLinked
    case inactive
}

/// An identity elsewhere that an account is linked to.
package struct LinkedIdentity: Equatable, Sendable {
    /// The provider's name when it was linked; the configuration may have forgotten it since.
    package let provider: UTF8Text
    package let subject: ExternalSubject
    package let createdAt: Timestamp
    package let lastUsedAt: Timestamp?
    /// As last seen.
    package let email: UTF8Text
    package let name: UTF8Text

    package init(
        provider: UTF8Text, subject: ExternalSubject, createdAt: Timestamp, lastUsedAt: Timestamp?, email: UTF8Text,
        name: UTF8Text
    ) {
        self.provider = provider
        self.subject = subject
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.email = email
        self.name = name
    }
}

package enum LinkOutcome: Equatable, Sendable {
    case linked
    /// Somebody has that identity already: this account, or another one.
    case alreadyOwn, taken
    /// People without an account have nothing to link to.
    case noAccount
}

package enum UnlinkOutcome: Equatable, Sendable {
    case unlinked
    case unknown
    /// There is no password, and no other identity.
    case lastWayIn
}
