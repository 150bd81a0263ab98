import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehousePortal

/// `OnePersonBackend` behind a pool with one worker, which stands still until it is told to go.
private final class SlowBackend: Backend {
    let name: BackendName = "test"
    let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1, queueLimit: 8, maxWait: .seconds(60))
    private let person: OnePersonBackend
    private let isOpen = Atomic<Bool>(false)
    private let isHeld = Atomic<Bool>(false)

    init(_ person: OnePersonBackend) { self.person = person }

    /// Passwords are not compared from now on.
    func hold() async {
        isOpen.store(false, ordering: .releasing)
        isHeld.store(false, ordering: .releasing)
        Task {
            try? await pool.run(memoryKiB: 1) { [self] in
                isHeld.store(true, ordering: .releasing)
                while !isOpen.load(ordering: .acquiring) {}
            }
        }
        while !isHeld.load(ordering: .acquiring) { await Task.yield() }
    }

    func go() { isOpen.store(true, ordering: .releasing) }

    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        try await pool.run(memoryKiB: 1, for: credentials.flow) {}
        return try await person.authenticate(credentials)
    }

    func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        try await person.currentCredentials(of: name)
    }

    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        try await person.identity(of: user, known: known)
    }
}

@Suite("Signing in while strangers flood the queue")
struct FloodedSignInTests {
    private func from(_ address: String) -> [(String, String)] { [("X-Forwarded-For", address)] }

    private func flooded(
        _ portal: PortalFixture, _ backend: SlowBackend, from address: @escaping @Sendable (Int) -> String
    ) async throws -> [Task<Int, any Error>] {
        await backend.hold()
        var tasks: [Task<Int, any Error>] = []
        for index in 0..<40 {
            tasks.append(
                Task {
                    let answer = try await portal.signIn(
                        name: "stranger\(index)", password: "guess", headers: from(address(index)))
                    return answer.status
                })
        }
        #expect(await eventually { portal.events[.signInBusy] == 34 })
        #expect(await backend.pool.waitingCount == 6)
        return tasks
    }

    @Test("is possible with a known browser and with a live session, from wherever the flood comes")
    func known() async throws {
        var portal = try PortalFixture()
        let backend = SlowBackend(portal.backend)
        portal = portal.with { $0.backends = BackendChain([backend]) }
        let first = try await portal.signIn(headers: from("198.51.100.7"))
        let device = portal.settings.cookies.device.description
        let cookies = ["\(device)=\(try #require(first.cookie(device)))"]
        let session = ["\(portal.sessionCookie)=\(try #require(first.cookie(portal.sessionCookie)))"]

        let strangers = try await flooded(portal, backend) { "203.0.113.\(100 + $0)" }
        #expect(try await portal.signIn(headers: from("192.0.2.9")).status == 503)
        let owners = [cookies, session].map { shown in
            Task { [portal] in try await portal.signIn(cookies: shown, headers: from("203.0.113.100")).status }
        }
        #expect(await eventually { await backend.pool.waitingCount == 8 })
        backend.go()
        for owner in owners { #expect(try await owner.value == 303) }
        var answers: [Int] = []
        for stranger in strangers { answers.append(try await stranger.value) }
        #expect(answers.filter { $0 == 422 }.count == 6)
        #expect(answers.filter { $0 == 503 }.count == 34)
    }

    @Test("is possible from another address than the flood's, which gives up a place for it")
    func otherAddress() async throws {
        var portal = try PortalFixture()
        let backend = SlowBackend(portal.backend)
        portal = portal.with { $0.backends = BackendChain([backend]) }
        let strangers = try await flooded(portal, backend) { _ in "203.0.113.1" }
        let owner = Task { [portal] in try await portal.signIn(headers: from("192.0.2.9")).status }
        #expect(await eventually { portal.events[.signInBusy] == 35 })
        #expect(await backend.pool.waitingCount == 6)
        backend.go()
        #expect(try await owner.value == 303)
        for stranger in strangers { _ = try await stranger.value }
    }
}
