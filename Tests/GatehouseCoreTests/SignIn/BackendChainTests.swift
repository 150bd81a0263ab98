import GatehouseCore
import GatehouseTestSupport
import Testing

@Suite("A chain of backends")
struct BackendChainTests {
    /// Knows some names, compares only their passwords and finds none right, or is away.
    private struct Fake: Backend {
        let name: BackendName
        var known: [UTF8Text] = []
        var isAway = false

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
            if isAway { throw .unavailable(reason: "away") }
            // As a directory does that is searched first: of a stranger there is nothing to compare with.
            if known.contains(credentials.name) { credentials.onUse(.compared) }
            return .notMine
        }

        func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? { nil }
    }

    /// What became of the password while the second backend is away; the first one knows alice.
    private func uses(of name: UTF8Text, first isAway: Bool = false) async -> [PasswordUse] {
        let chain = BackendChain([
            Fake(name: "directory", known: ["alice"], isAway: isAway), Fake(name: "other", isAway: true),
        ])
        let uses = Mutexed<[PasswordUse]>([])
        let credentials = Credentials(
            name: name, password: Password("secret"), onUse: { use in uses.change { $0.append(use) } })
        await #expect(throws: BackendError.self) { try await chain.answer(to: credentials) }
        return uses.value
    }

    @Test("says that work was done for people whom a backend does not know, so that an outage behind it tells nothing")
    func strangers() async {
        #expect(await uses(of: "alice") == [.compared, .spent])
        #expect(await uses(of: "nobody") == [.spent])
        #expect(await uses(of: "nobody", first: true) == [])
    }
}
