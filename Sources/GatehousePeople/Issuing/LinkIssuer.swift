package import GatehouseCore
package import GatehouseSessions
private import GatehouseDatabase

/// Gives out links with which somebody else acts: it changes nothing itself.
package struct LinkIssuer: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// What keeps a link from being made: the store gave no answer.
    package typealias Failure = SessionError

    /// A link that is to be given to its owner in a safe way.
    package struct Issued: Sendable {
        package let link: String
        package let event: Event
    }

    /// Makes a link by which a person chooses a new password.
    ///
    /// - Parameters:
    ///   - typed: who.
    ///   - make: makes the link for an account that may have one, and keeps what belongs to it.
    /// - Returns: the link.
    /// - Throws: `PeopleError.refused` if there is no such active person, `PeopleError.unfit` where passwords are not changed.
    package func resetLink(
        for typed: String, making make: (PasswordAccount) async throws(Failure) -> String
    ) async throws(PeopleError) -> Issued {
        let id = try await people.account(typed).id
        let account: PasswordAccount?
        do { account = try await people.store.passwordAccount(of: id) } catch {
            throw .unavailable(.backend(reason: "\(error)"))
        }
        guard let account, account.isActive else { throw .refused(.inactive(typed)) }
        guard people.store.writesPasswords else { throw .unfit(.readOnly) }
        let link: String
        do { link = try await make(account) } catch {
            throw .unavailable(.sessionStore(reason: error.reason, mayBeAlive: false))
        }
        let event = Event(
            .resetMade, about: .person(people.reference(id: id)), [(.user, .text(typed)), (.userID, .text(id.string))])
        return Issued(link: link, event: event)
    }
}

extension People {
    /// The handle for links.
    ///
    /// - Throws: `PeopleError.unfit` if the tables are not as they have to be.
    package func issuer() async throws(PeopleError) -> LinkIssuer {
        try await tables.require()
        return LinkIssuer(self)
    }
}
