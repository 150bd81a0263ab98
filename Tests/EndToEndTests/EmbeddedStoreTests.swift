internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("The embedded store in trouble")
    struct EmbeddedStoreTests {
        @Test("cannot be written: who is signed in goes on, and the daemon is not ready, since nobody can sign in")
        func locked() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: .embedded, people: .sqlite))
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(stack.isReady)
            let script = """
                import sqlite3, time
                db = sqlite3.connect("\(stack.folder.file("sessions.db"))", isolation_level=None, timeout=60)
                db.execute("BEGIN IMMEDIATE")
                time.sleep(3600)
                """
            let other = try Server.start("python3", ["-c", script], output: stack.folder.file("other.log"))
            defer { Server.stop(other) }
            #expect(await eventually(within: .seconds(30)) { !stack.isReady })
            let answer = try Exchange.get("/readyz", host: "localhost", port: stack.ports.admin)
            #expect(answer.status == 503 && answer.text.contains("sessions.store"), "\(answer.text)")
            #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-User") == ["alice"])
            other.signal(SIGKILL)
            #expect(await eventually(within: .seconds(30)) { stack.isReady })
        }
    }
}
