internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehousePeople

/// The way of a command to people: it looks, and whatever it changes is written down.
///
/// What a change says is printed of a `Recorded` one only, and nothing else makes these: a command that forgets the audit file does
/// not compile.
struct PeopleDoor {
    let configuration: Configuration
    /// For questions; a change is made by `change`.
    let people: PeopleAdministrator
    private let opened: People

    fileprivate init(_ configuration: Configuration) async throws {
        self.configuration = configuration
        opened = try People.open(configuration)
        people = try await opened.administrator(configuration.sessionDoor)
    }

    /// Changes something about people, and writes it down; also what stands although the sessions could not be told.
    func change<Change: PeopleChanging>(
        _ work: (PeopleAdministrator) async throws -> Change
    ) async throws -> Recorded<Change> {
        try await recorded { try await work(people) }
    }

    /// Changes who people of providers are, and writes it down.
    func changeIdentities<Change: PeopleChanging>(
        _ work: (IdentityAdministrator) async throws -> Change
    ) async throws -> Recorded<Change> {
        let identities = try await opened.identities(
            configuration.sessionDoor, takesPasswords: configuration.portal.takesPasswords)
        return try await recorded { try await work(identities) }
    }

    private func recorded<Change: PeopleChanging>(
        _ work: () async throws -> Change
    ) async throws -> Recorded<Change> {
        do {
            let change = try await work()
            configuration.audit(change.change.event)
            return Recorded(value: change)
        } catch {
            if case PeopleError.unfollowed(let unfollowed) = error, let event = unfollowed.event {
                configuration.audit(event)
            }
            throw error
        }
    }
}

/// A change that was written down.
@dynamicMemberLookup
struct Recorded<Change: PeopleChanging> {
    let value: Change

    fileprivate init(value: Change) { self.value = value }

    subscript<Part>(dynamicMember path: KeyPath<Change, Part>) -> Part { value[keyPath: path] }
}

/// What a use-case says about its change of people.
protocol PeopleChanging {
    var change: PeopleChange { get }
}

extension PeopleChange: PeopleChanging {
    var change: PeopleChange { self }
}
extension PeopleAdministrator.MembersSet: PeopleChanging {}
extension PeopleAdministrator.Declared: PeopleChanging {}
extension PeopleAdministrator.Renamed: PeopleChanging {}
extension PeopleAdministrator.PasswordSet: PeopleChanging {}

extension ConfigurationOptions {
    /// Opens the door to the people of the configuration.
    func people() async throws -> PeopleDoor { try await PeopleDoor(load()) }
}
