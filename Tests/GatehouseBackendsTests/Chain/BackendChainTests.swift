import GatehouseCore
import Testing

@Suite("The chain of backends")
struct BackendChainTests {
    private struct Fixed: Backend {
        let name: BackendName
        let result: AuthenticationResult

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult { result }
        func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
            guard case .authenticated(let identity) = result else { return nil }
            return identity
        }
    }

    private static let alice = Identity(user: UserReference(backend: "second", id: "1"), name: "alice")
    private let credentials = Credentials(name: "alice", password: Password("secret"))

    @Test("asks one after another until one knows the person")
    func order() async throws {
        let chain = BackendChain([
            Fixed(name: "first", result: .notMine), Fixed(name: "second", result: .authenticated(Self.alice)),
        ])
        #expect(try await chain.authenticate(credentials) == Self.alice)
        #expect(try await chain.identity(of: Self.alice.user, known: nil) == Self.alice)
        #expect(try await chain.identity(of: UserReference(backend: "removed", id: "1"), known: nil) == nil)
    }

    private struct Broken: Backend {
        let name: BackendName = "broken"
        let error: BackendError

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult { throw error }
        func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? { throw error }
    }

    @Test("ends with an outage, whoever said no before")
    func outage() async throws {
        for error: BackendError in [.unavailable(reason: "away"), .busy(retryAfter: .seconds(1))] {
            let broken = Broken(error: error)
            for chain in [[broken], [Fixed(name: "first", result: .notMine), broken]] as [[any Backend]] {
                await #expect(throws: error) { try await BackendChain(chain).authenticate(credentials) }
            }
        }
    }

    @Test("ends with a no at the first refusal")
    func refused() async throws {
        let chain = BackendChain([
            Fixed(name: "first", result: .refused), Fixed(name: "second", result: .authenticated(Self.alice)),
        ])
        #expect(try await chain.authenticate(credentials) == nil)
    }

    @Test("does not even ask about empty or oversized input")
    func limits() async throws {
        let chain = BackendChain([Fixed(name: "second", result: .authenticated(Self.alice))])
        let long = String(repeating: "x", count: 5_000)
        #expect(try await chain.authenticate(Credentials(name: "alice", password: Password(""))) == nil)
        #expect(try await chain.authenticate(Credentials(name: "alice", password: Password(long))) == nil)
        #expect(try await chain.authenticate(Credentials(name: UTF8Text(long), password: Password("x"))) == nil)
    }
}

extension BackendChain {
    /// The person whom credentials belong to; `nil` for whatever else is said to them.
    fileprivate func authenticate(_ credentials: Credentials) async throws(BackendError) -> Identity? {
        guard case .authenticated(let identity) = try await answer(to: credentials) else { return nil }
        return identity
    }
}
