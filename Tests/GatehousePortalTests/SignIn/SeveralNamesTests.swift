import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehousePortal

/// A directory in which alice has two names, and whose passwords are all wrong.
private final class TwoNamesBackend: Backend {
    let name: BackendName = "directory"
    /// Whether the names are one person's.
    private let areOne: Bool
    private let compared = Atomic<Int>(0)

    init(areOne: Bool = true) { self.areOne = areOne }

    var comparisons: Int { compared.load(ordering: .relaxed) }

    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        guard ["alice", "alice@example.com"].contains(credentials.name) else { return .notMine }
        try await credentials.admission(UserReference(backend: name, id: areOne ? "4711" : credentials.name))
        compared.wrappingAdd(1, ordering: .relaxed)
        return .notMine
    }

    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? { nil }
}

@Suite("Guessing at somebody with several names")
struct SeveralNamesTests {
    /// Forty guesses from many addresses, by two names in turn.
    private func guess(_ portal: PortalFixture) async throws -> [Int] {
        var answers: [Int] = []
        for index in 0..<40 {
            let name = index.isMultiple(of: 2) ? "alice" : "alice@example.com"
            let headers = [("X-Forwarded-For", "203.0.113.\(index)")]
            answers.append(try await portal.signIn(name: name, password: "guess \(index)", headers: headers).status)
            portal.clock.advance(by: .seconds(2))
        }
        return answers
    }

    @Test("costs one budget: beyond it nothing is compared, and nobody learns that the names are one person's")
    func oneBudget() async throws {
        let directory = TwoNamesBackend()
        let portal = try PortalFixture().with { $0.backends = BackendChain([directory]) }
        let answers = try await guess(portal)
        #expect(directory.comparisons == 10)
        let others = TwoNamesBackend(areOne: false)
        let other = try PortalFixture().with { $0.backends = BackendChain([others]) }
        #expect(try await guess(other) == answers, "the answers tell nothing")
        #expect(others.comparisons > 10)
        portal.clock.advance(by: .seconds(300))
        #expect(try await portal.signIn(name: "alice", password: "guess").status == 422)
    }

    @Test("counts what a backend before it compared")
    func behindAnother() async throws {
        let directory = TwoNamesBackend()
        let portal = try PortalFixture()
        let both = portal.with { $0.backends = BackendChain([portal.backend, directory]) }
        _ = try await guess(both)
        #expect(directory.comparisons == 10)
        // Each name has its own there, as it may be somebody else's.
        #expect(portal.backend.questions <= 20)
    }
}
