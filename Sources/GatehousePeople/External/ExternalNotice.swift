package import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseOIDC

/// Something that changed about the ways into an account: to be written down, and told to whoever has the account.
package struct ExternalNotice: Sendable {
    package enum Change: Equatable, Sendable {
        /// An account was made at a first sign-in.
        case made
        case linked, unlinked
    }

    /// How a link came or went.
    package enum Reason: String, Sendable {
        /// The person, signed in and with a recent proof.
        case owner
        /// Whoever runs the installation.
        case `operator`
        /// By itself, by a verified address of a domain that the provider gives out.
        case email
    }

    package let change: Change
    package let event: Event
    /// What the provider is called: its name in the configuration.
    package let provider: UTF8Text
    /// The account's name and address; without an address nobody can be told.
    package let name: UserName
    package let email: UTF8Text

    /// A link that came or went.
    init(
        _ change: Change, _ seen: SeenPerson, of account: Identity, _ reason: Reason, sessionsEnded: Int? = nil
    ) {
        self.change = change
        provider = seen.provider
        name = account.name
        email = account.email
        var event = Event(
            change == .unlinked ? .identityUnlinked : .identityLinked, about: .person(account.user),
            ExternalNotice.members(seen, account.user, account.name) + [
                (.reason, .text(reason.rawValue)), (.result, .text(change == .unlinked ? "unlinked" : "linked")),
            ])
        if let sessionsEnded { event = event.with(.sessionsEnded, .number(sessionsEnded)) }
        self.event = event
    }

    /// An account that was made.
    init(made account: Identity, _ seen: SeenPerson) {
        change = .made
        provider = seen.provider
        name = account.name
        email = account.email
        event = Event(
            .userMade, about: .person(account.user),
            [
                (.user, .text(account.name.description)), (.result, .text("made")),
                (.provider, .text(seen.provider.string)),
            ])
    }

    /// Whom a line is about.
    static func members(
        _ seen: SeenPerson, _ user: UserReference?, _ name: UserName
    ) -> [(field: EventField, value: EventValue)] {
        [
            (.user, .text(name.description)), (.userID, user.map { .text($0.id.string) } ?? .missing),
            (.backend, user.map { .text($0.backend.description) } ?? .missing),
            (.provider, .text(seen.provider.string)), (.issuer, .text(seen.key.issuer.string)),
            (.providerSubject, .text(seen.key.subject.string)),
        ]
    }
}
