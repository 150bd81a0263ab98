internal import Foundation
internal import GatehouseTestSupport
internal import Synchronization
internal import Testing

extension EndToEnd {
    @Suite("Many sign-ins at once")
    struct SignInRushTests {
        /// What one sign-in came to.
        struct Outcome: Sendable {
            let status: Int
            let hasRetryAfter: Bool
        }

        @Test("200 at once stay within the memory budget, and checks go on being answered")
        func rush() async throws {
            var settings = Stack.Settings()
            settings.tables = "[throttle]\nper_address = 1000"
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            // Each of them is somebody else: one person may not even try that often.
            try addPeople(200, to: stack)
            let signIn = SignIn(stack: stack)
            let cookie = try signIn.cookie(.alice)
            let forms = try (0..<200).map { _ in try signIn.form() }
            let idle = try residentKiB(stack)

            let outcomes = Mutex<[Outcome]>([])
            let failures = Mutex<[String]>([])
            let threads = forms.enumerated().map { index, form in
                Thread {
                    do {
                        let answer = try signIn.send(form, "person\(index)", Stack.Person.carol.password, seconds: 60)
                        let outcome = Outcome(status: answer.status, hasRetryAfter: answer.header("Retry-After") != nil)
                        outcomes.withLock { $0.append(outcome) }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
            for thread in threads { thread.start() }

            var slowest = Duration.zero
            var checks = 0
            var peak = idle
            while outcomes.withLock({ $0.count }) + failures.withLock({ $0.count }) < forms.count {
                let start = ContinuousClock.now
                #expect(try stack.page("/headers.json", cookie: cookie).status == 200)
                slowest = max(slowest, ContinuousClock.now - start)
                checks += 1
                peak = max(peak, try residentKiB(stack))
            }

            #expect(failures.withLock { $0 } == [])
            let all = outcomes.withLock { $0 }
            let (good, busy) = (all.filter { $0.status == 303 }, all.filter { $0.status == 503 })
            #expect(good.count + busy.count == 200, "\(all.map(\.status))")
            #expect(!good.isEmpty)
            #expect(busy.filter(\.hasRetryAfter).count == busy.count)
            #expect(checks > 10)
            #expect(slowest < .seconds(2), "a check took \(slowest)")
            let growth = (peak - idle) / 1_024
            #expect(growth < SignInRushTests.allowedGrowthMiB, "grew by \(growth) MiB")
            print(
                """
                200 sign-ins at once: \(good.count) good, \(busy.count) busy; RSS \(idle / 1_024) MiB before, at most \
                \(peak / 1_024) MiB; \(checks) checks meanwhile, the slowest took \(slowest)
                """)
            #expect(stack.gatehouse.isRunning)
        }

        private func addPeople(_ count: Int, to stack: Stack) throws {
            let password = try stack.folder.write(Stack.Person.carol.password + "\n", to: "password")
            let made = try stack.command("hash", "make", "--password-file", password)
            let hash = try #require(made.output.split(separator: "\n").last)
            let lines = (0..<count).map { "person\($0),\"\(hash)\"" }
            let file = try stack.folder.write(
                (["username,password_hash"] + lines).joined(separator: "\n") + "\n", to: "people.csv")
            let imported = try stack.command("user", "import", file)
            try #require(imported.status == 0, "\(imported.output)")
        }

        /// The default memory budget for hashing, 256 MiB, and 32 MiB for 200 connections and what the allocator keeps.
        static let allowedGrowthMiB = 256 + 32

        private func residentKiB(_ stack: Stack) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(stack.gatehouse.pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.filter(\.isNumber)))
        }
    }
}
