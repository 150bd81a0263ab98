import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseBackends

@Suite("Backends within the chain")
struct ChainWrapperTests {
    private final class Slow: Backend {
        let name: BackendName = "slow"
        let pause: Duration
        let asked = Atomic<Int>(0)
        private let isSomebodyElse = Atomic<Bool>(false)

        /// From now on it is somebody without groups who comes.
        func becomeSomebodyElse() { isSomebodyElse.store(true, ordering: .relaxed) }

        init(_ pause: Duration) { self.pause = pause }

        static let dora = Identity(
            user: UserReference(backend: "slow", id: "1"), name: "dora", groups: ["directory admins"])

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
            asked.wrappingAdd(1, ordering: .relaxed)
            try? await Task.sleep(for: pause)
            guard !isSomebodyElse.load(ordering: .relaxed) else {
                return .authenticated(Identity(user: UserReference(backend: "slow", id: "2"), name: "emil"))
            }
            return .authenticated(Slow.dora)
        }

        func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
            try? await Task.sleep(for: pause)
            return known ?? Slow.dora
        }
    }

    private let credentials = Credentials(name: "dora", password: Password("secret"))

    @Test("answer in time, or it could not be found out")
    func timed() async throws {
        let quick = TimedBackend(Slow(.zero), limit: .seconds(10))
        #expect(try await quick.authenticate(credentials) == .authenticated(Slow.dora))
        #expect(try await quick.identity(of: Slow.dora.user, known: nil) == Slow.dora)
        let slow = TimedBackend(Slow(.seconds(60)), limit: .milliseconds(50))
        let start = ContinuousClock.now
        await #expect(throws: BackendError.self) { try await slow.authenticate(credentials) }
        await #expect(throws: BackendError.self) { try await slow.identity(of: Slow.dora.user, known: nil) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("get what groups bring at each sign-in, and an outage of the database is one of theirs")
    func mapped() async throws {
        let asked = Mutex<[[GroupName]]>([])
        let mapping = GroupMapping(groups: ["directory admins": "admins"], keepsOthers: false)
        let backend = MappedBackend(Slow(.zero), mapping: mapping) { groups async throws(BackendError) in
            asked.withLock { $0.append(groups) }
            return GroupGrants(permissions: ["a.b"])
        }
        guard case .authenticated(let dora) = try await backend.authenticate(credentials) else { throw Unexpected() }
        #expect(dora.groups == ["admins"] && dora.permissions == ["a.b"])
        #expect(asked.withLock { $0 } == [["admins"]])
        // What was known is mapped already.
        #expect(try await backend.identity(of: dora.user, known: dora) === dora)
        let broken = MappedBackend(Slow(.zero), mapping: mapping) { _ async throws(BackendError) in
            throw .unavailable(reason: "down")
        }
        await #expect(throws: BackendError.self) { try await broken.authenticate(credentials) }
    }

    @Test("say which names of the mapping match nobody for a day, once a day")
    func unmatched() async throws {
        let clock = ManualClock()
        let reported = Mutex<[GroupName]>([])
        let mapping = GroupMapping(
            groups: ["Directory Admins": "admins", "typing eror": "b"], staff: ["staf"],
            superusers: ["directory admins"],
            comparison: .caseIgnored)
        let unmatched = UnmatchedGroups(mapping, now: { clock.now }) { name in reported.withLock { $0.append(name) } }
        let slow = Slow(.zero)
        let backend = MappedBackend(slow, mapping: mapping, unmatched: unmatched) {
            _ async throws(BackendError) in
            GroupGrants()
        }
        func afterwards(_ duration: Duration) async throws -> [GroupName] {
            clock.advance(by: duration)
            _ = try await backend.authenticate(credentials)
            return reported.withLock { names in
                defer { names = [] }
                return names
            }
        }
        #expect(try await afterwards(.zero) == [])
        #expect(try await afterwards(.seconds(86_399)) == [])
        #expect(try await afterwards(.seconds(1)) == ["staf", "typing eror"])
        #expect(try await afterwards(.seconds(86_399)) == [])
        #expect(try await afterwards(.seconds(1)) == ["staf", "typing eror"])
        // Those that matched are no slips, though nobody of them comes for days.
        slow.becomeSomebodyElse()
        #expect(try await afterwards(.seconds(3 * 86_400)) == ["staf", "typing eror"])
    }

    private struct Unexpected: Error {}
}
