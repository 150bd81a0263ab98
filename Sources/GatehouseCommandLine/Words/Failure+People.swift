internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
package import GatehousePeople
package import GatehouseTerminal

/// What people's use-cases refuse or cannot do, in words for whoever sits at a terminal, with the commands that help.
extension Failure {
    /// What the program ends with for a refusal or an outage of a use-case.
    package init(_ error: PeopleError) {
        switch error {
        case .refused(let refusal): self = .refused(Failure.words(refusal))
        case .unfit(let unfitness): self = .usage(unfitness.description)
        case .unavailable(let outage): self = .unknown(outage.description)
        case .unfollowed(let unfollowed): self = .unknown(Failure.words(unfollowed))
        }
    }

    private static func words(_ refusal: PeopleError.Refusal) -> String {
        switch refusal {
        case .exists(let name): "\(shown(name)): exists already"
        case .clash(let name, let other):
            "\(shown(name)): there is \(shown(other)) already, and names that differ only in case clash"
        case .unknown(let names, let known, let canBeMade): words(names, among: known, canBeMade: canBeMade)
        case .inactive(let name):
            "\(shown(name)): is not active; `gatehouse user set \(shown(name)) --active` first"
        case .noSession(let name):
            "\(shown(name)) has no session; `gatehouse session list` shows who is signed in"
        case .nobodySignedIn(let name, let backend, let others):
            "\(shown(name)): nobody of this name or id signed in by \(shown(backend)); \(hint(backend, others))"
        case .elsewhere(.noSession(let name), let backends):
            "\(shown(name)) has no session as somebody of the database\(clause(elsewhere: backends))"
        case .elsewhere(let refusal, let backends): words(refusal) + clause(elsewhere: backends)
        case .linkedElsewhere(let subject):
            "\(shown(subject)): another account is linked to that identity; `gatehouse user identities list` shows which, "
                + "and `unlink` takes it away there"
        case .noSuchIdentity(let name):
            "\(shown(name)): has no such identity; `gatehouse user identities list \(shown(name))` shows those that there are"
        case .lastWayIn(let name, takesPasswords: false):
            "\(shown(name)): has no other identity to sign in with, and a password opens nothing here (portal.passwords = false); "
                + "link another one first, or `gatehouse user set \(shown(name)) --inactive`"
        case .lastWayIn(let name, takesPasswords: true):
            "\(shown(name)): has no password, and no other identity to sign in with; make a way in first "
                + "(`gatehouse user passwd \(shown(name))`), or `gatehouse user set \(shown(name)) --inactive`"
        case .linkedAlready, .noSuchPerson, .noSuchThing, .badName, .taken, .password, .noSuchSession:
            refusal.description
        }
    }

    /// One line for each name, with the nearest that there is; the last one says how those are made that may be.
    private static func words(_ names: UnknownNames, among known: KnownNames?, canBeMade: Bool) -> String {
        var lines: [String] = []
        func add(_ kind: String, _ name: String, among others: [String]) {
            // Sorted, so that of two names as near the same one is always suggested.
            let nearest = Spelling.nearest(to: name, among: others.filter { $0 != name }.sorted())
            lines.append("there is no \(kind) \(shown(name))\(nearest.map { "; did you mean \(shown($0))?" } ?? "")")
        }
        for group in names.groups { add("group", group.description, among: known?.groups.map(\.description) ?? []) }
        for permission in names.permissions {
            add("permission", permission.description, among: known?.permissions.map(\.description) ?? [])
        }
        for user in names.users { add("user", user.description, among: known?.similarUsers.map(\.description) ?? []) }
        if canBeMade {
            lines.append("Nothing was changed. If the spelling is right, say --create to make what is missing.")
        }
        return lines.joined(separator: "\n")
    }

    private static func hint(_ backend: BackendName, _ others: [BackendName]) -> String {
        others.contains(backend) || others.isEmpty
            ? "names are those of Remote-User, ids those of user_id in the log; `gatehouse session list` shows who is signed in"
            : "backends of the configuration: \(others.map(\.description).joined(separator: ", "))"
    }

    /// A clause that says by which other backends somebody of the name is signed in; empty if by none.
    static func clause(elsewhere backends: [BackendName]) -> String {
        guard !backends.isEmpty else { return "" }
        let options = backends.map { "--backend \($0)" }.joined(separator: " or ")
        return "; somebody of that name signed in by another backend: say \(options)"
    }

    /// What stands already is said apart from what could not be done, and what to do about that.
    private static func words(_ unfollowed: Unfollowed) -> String {
        let done = words(unfollowed.change)
        let reason = "(sessions.store: \(unfollowed.reason))"
        switch unfollowed.following {
        case .learn:
            return "\(done); sessions that are going on could not be told \(reason): they learn of it when "
                + "identity.refresh is over; `gatehouse session end NAME` ends them at once"
        case .end(let isGone):
            let name = name(unfollowed.change)
            return "\(done); the sessions of \(name) could not be ended and may still be alive \(reason): "
                + (isGone ? "" : "run `gatehouse session end \(name)`; ")
                + "those in use end when identity.refresh is over"
        }
    }

    private static func words(_ change: Unfollowed.Change) -> String {
        switch change {
        case .changed(let name): "\(shown(name)) is changed"
        case .removed(let name): "\(shown(name)) is removed"
        case .renamed(let old, let new): "\(shown(old)) is called \(shown(new))"
        case .passwordSet(let name): "the password of \(shown(name)) is set"
        case .membersChanged(let group): "the members of \(shown(group)) are changed"
        case .imported: "the people are imported"
        }
    }

    private static func name(_ change: Unfollowed.Change) -> String {
        switch change {
        case .changed(let name), .removed(let name), .passwordSet(let name), .membersChanged(let name),
            .renamed(_, let name):
            shown(name)
        case .imported: "NAME"
        }
    }
}
