import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite("A backend whose answers are counted")
struct MeteredBackendTests {
    private struct Scripted: Backend {
        let name: BackendName = "ldap"
        let next: Mutexed<Result<AuthenticationResult, BackendError>>

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
            try next.value.get()
        }

        func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
            _ = try next.value.get()
            return known
        }

        func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] { [] }
    }

    private let counts = BackendCounts("ldap")
    private let next = Mutexed<Result<AuthenticationResult, BackendError>>(.success(.notMine))
    private let clock = ManualClock()
    private let dora = Identity(user: UserReference(backend: "ldap", id: "1"), name: "dora")

    private var backend: MeteredBackend {
        let clock = clock
        return MeteredBackend(Scripted(next: next), counts: counts, now: { clock.now })
    }

    private func ask(_ result: Result<AuthenticationResult, BackendError>) async {
        next.change { $0 = result }
        _ = try? await backend.authenticate(Credentials(name: "dora", password: Password("secret")))
    }

    private func value(_ answer: String) -> MetricValue? {
        BackendCounts.exported.first { $0.name.text == "gatehouse_backend_answers_total" }?.family(of: [counts]).series
            .first { $0.labels == ["backend": "ldap", "answer": answer] }?.value
    }

    @Test("tells its answers apart, and how long they took")
    func answers() async throws {
        for result in [AuthenticationResult.authenticated(dora), .notMine, .notMine, .refused] {
            await ask(.success(result))
        }
        await ask(.failure(.busy(retryAfter: .seconds(1))))
        await ask(.failure(.held(retryAfter: .seconds(1))))
        #expect(counts.outage == nil)
        next.change { $0 = .success(.notMine) }
        #expect(try await backend.identity(of: dora.user, known: dora) == dora)
        #expect(try await backend.identity(of: dora.user, known: nil) == nil)
        #expect(try await backend.currentCredentials(of: "dora").isEmpty)
        for (answer, count) in [
            ("authenticated", 1), ("not-mine", 2), ("barred", 0), ("refused", 1), ("busy", 1), ("held", 1),
            ("known", 1),
            ("gone", 1), ("unavailable", 0),
        ] { #expect(value(answer) == .integer(count), "\(answer)") }
        let times = BackendCounts.exported.first { $0.name.kind == .histogram }?.family(of: [counts]).series.first?
            .value
        guard case .histogram(let reading)? = times else { throw Missing() }
        #expect(reading.count == 8)
    }

    private struct Missing: Error {}

    @Test("knows since when there is no answer, until there is one again")
    func outage() async {
        let begin = clock.now
        await ask(.failure(.unavailable(reason: "refused")))
        clock.advance(by: .seconds(5))
        await ask(.failure(.unavailable(reason: "no route")))
        #expect(counts.outage?.since == begin && counts.outage?.reason == "no route")
        // Who was turned away here asked nobody.
        await ask(.failure(.busy(retryAfter: .seconds(1))))
        #expect(counts.outage != nil)
        await ask(.success(.notMine))
        #expect(counts.outage == nil && value("unavailable") == .integer(2))
    }

    @Test("have a span of their own, without a word of the server's")
    func spans() async throws {
        let tracer = Tracer(share: 1, seed: 1)
        let trace = try #require(RequestTrace(under: nil, state: nil, tracer: tracer))
        await RequestTrace.$current.withValue(trace) {
            await ask(.success(.authenticated(dora)))
            await ask(.failure(.busy(retryAfter: .seconds(1))))
            await ask(.failure(.unavailable(reason: "dora is not here")))
        }
        let spans = tracer.nextBatch()
        #expect(spans.allSatisfy { $0.name == "backend ldap" && $0.kind == .client && $0.parent == trace.context.span })
        #expect(spans.map(\.isFailure) == [false, false, true])
        #expect(
            spans.map { $0.facts.last } == [
                .init(.answer, "authenticated"), .init(.errorType, "busy"), .init(.errorType, "unavailable"),
            ])
        #expect(spans.allSatisfy { $0.facts.first == .init(.backend, "ldap") && !"\($0)".contains("dora") })
    }
}
