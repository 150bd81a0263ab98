package import GatehouseCore
package import GatehouseDatabase

/// What was asked of the people was not done, or not altogether.
package enum PeopleError: Error, Equatable, CustomStringConvertible {
    /// The answer is no, and nothing was changed: whoever asked has to ask for something else.
    case refused(Refusal)
    /// The database cannot be used like this, however often one asks: whoever runs it has to change something.
    case unfit(Unfitness)
    /// Something that had to be asked gave no answer; nothing was changed.
    case unavailable(Outage)
    /// The change stands in the database, and the sessions that it concerns could not be told.
    case unfollowed(Unfollowed)

    /// Why the answer is no.
    package indirect enum Refusal: Equatable, Sendable {
        case noSuchPerson(String)
        /// Of this name there is no person, group or whatever it was to be the name of.
        case noSuchThing(String)
        case badName(String, reason: String)
        /// Somebody or something of this name is there already.
        case taken(String)
        /// As a wish for a new person: there is one of exactly this name.
        case exists(String)
        /// As a wish for a new person: there is one whose name is the same but for letter case.
        case clash(String, with: UserName)
        /// Names of which there is no such thing, with those that there are, if they are known. With `canBeMade`, they
        /// would have been made on request.
        case unknown(UnknownNames, among: KnownNames?, canBeMade: Bool)
        /// What stands against the password, a sentence each.
        case password([String])
        case inactive(String)
        case noSuchSession(SessionID)
        /// The person of the database has none.
        case noSession(String)
        /// Nobody of this name or id signed in by the backend; the others that there are.
        case nobodySignedIn(String, by: BackendName, of: [BackendName])
        /// The account has that identity elsewhere already.
        case linkedAlready(String)
        /// Another account has it; by the subject.
        case linkedElsewhere(String)
        /// The account, or whoever has the name, has no such identity.
        case noSuchIdentity(String)
        /// Without it nobody could sign in to the account.
        case lastWayIn(String, takesPasswords: Bool)
        /// So it is in the database, and somebody of the same name signed in by these backends.
        case elsewhere(Refusal, [BackendName])
    }

    /// What the database is not.
    package enum Unfitness: Equatable, Sendable {
        /// Its tables belong to a site that makes them itself.
        case migratesElsewhere(place: String)
        /// Its people belong to a site that changes and lists them itself.
        case managedElsewhere(place: String)
        case tablesMissing(place: String)
        /// The tables of a site are not as the configuration says.
        case columnsMissing(place: String)
        /// Passwords are not changed here.
        case readOnly
    }

    /// What gave no answer.
    package enum Outage: Equatable, Sendable {
        case database(place: String, reason: String)
        /// A statement failed, on behalf of this name: the tables may be old.
        case statement(place: String, name: String, reason: String)
        case backend(reason: String)
        case judgement(reason: String)
        case hashing
        case randomness
        /// The store of sessions; `mayBeAlive` says that sessions were to end and perhaps did not.
        case sessionStore(reason: String, mayBeAlive: Bool)
    }

    /// In words, without what a certain kind of caller could do about it.
    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .unfit(let unfitness): unfitness.description
        case .unavailable(let outage): outage.description
        case .unfollowed(let unfollowed): unfollowed.description
        }
    }
}

/// A change that stands while the sessions do not know of it: they learn of it when their identities are refreshed.
package struct Unfollowed: Equatable, Sendable, CustomStringConvertible {
    /// What stands in the database.
    package enum Change: Equatable, Sendable {
        case changed(String)
        case removed(String)
        case renamed(String, to: String)
        case passwordSet(String)
        case membersChanged(String)
        case imported
    }

    /// What was to become of the sessions.
    package enum Following: Equatable, Sendable {
        /// They go on, and were to learn of it.
        case learn
        /// They were to end, and may be alive; `isGone` says that nobody of that name is left whose sessions could be ended later.
        case end(isGone: Bool)
    }

    package let change: Change
    package let following: Following
    /// What to write down of the change; `nil` if whoever asked for it has got that already.
    package let event: Event?
    /// Why the store did not take it.
    package let reason: String

    package init(_ change: Change, _ following: Following, _ event: Event? = nil, reason: String) {
        self.change = change
        self.following = following
        self.event = event
        self.reason = reason
    }

    package var description: String { "the change stands, but the sessions could not be told: \(reason)" }
}

extension PeopleError.Refusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noSuchPerson(let name): "\(name): there is no such user"
        case .noSuchThing(let name): "\(name): there is no such user or group"
        case .badName(let name, let reason): "\(name): \(reason)"
        case .taken(let name): "\(name): exists already (names of people that differ only in case clash)"
        case .exists(let name): "\(name): exists already"
        case .clash(let name, let other): "\(name): there is \(other) already"
        case .unknown(let names, _, _): "there is no \(names)"
        case .password(let problems): problems.joined(separator: " ")
        case .inactive(let name): "\(name): is not active"
        case .noSuchSession(let id): "\(id.text): there is no such session"
        case .noSession(let name): "\(name) has no session"
        case .nobodySignedIn(let name, let backend, _): "\(name): nobody of this name or id signed in by \(backend)"
        case .linkedAlready(let name): "\(name): is linked to that identity already"
        case .linkedElsewhere(let subject): "\(subject): another account is linked to that identity"
        case .noSuchIdentity(let name): "\(name): has no such identity"
        case .lastWayIn(let name, true): "\(name): has no password, and no other identity to sign in with"
        case .lastWayIn(let name, false): "\(name): has no other identity to sign in with"
        case .elsewhere(let refusal, _): refusal.description
        }
    }
}

extension PeopleError.Unfitness: CustomStringConvertible {
    package var description: String {
        switch self {
        case .migratesElsewhere(let place):
            "\(place): these tables belong to a site that makes them itself (database.managed = false): "
                + "there is nothing to migrate"
        case .managedElsewhere(let place):
            "\(place): these people belong to a site with a user model of its own (database.managed = false): "
                + "change and list them there"
        case .tablesMissing(let place): "\(place): has no tables of this version; run `gatehouse migrate`"
        case .columnsMissing(let place): "\(place): has not the tables and columns that [database.tables] names"
        case .readOnly: "database.write_back = false: passwords are not changed here"
        }
    }
}

extension PeopleError.Outage: CustomStringConvertible {
    package var description: String {
        switch self {
        case .database(let place, let reason): "\(place): \(reason)"
        case .statement(let place, let name, let reason):
            "\(place): \(name.isEmpty ? "" : "\(name): ")\(reason); is `gatehouse migrate` up to date?"
        case .backend(let reason): reason
        case .judgement(let reason): "the password could not be judged: \(reason)"
        case .hashing: "the password could not be hashed"
        case .randomness: "no random octets"
        case .sessionStore(let reason, let mayBeAlive):
            "\(mayBeAlive ? "the sessions may still be alive: " : "")sessions.store: \(reason)"
        }
    }
}
