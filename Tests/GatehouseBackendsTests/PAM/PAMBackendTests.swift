import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

@Suite("The PAM backend, with the real library and its modules")
struct PAMBackendTests {
    /// Of "secret", by `openssl passwd -6 -salt abcdefgh secret`.
    private static let hash =
        "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG."

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let names = ["alice", "root", "daemon", "nobody", "expired"]
        try folder.write(names.map { "\($0):\(Self.hash)\n" }.joined(), to: "people")
    }

    private var auth: String { "auth required pam_pwdfile.so pwdfile=\(folder.file("people"))\n" }

    private func backend(
        _ service: String, minUserID: Int = 1_000, allowsRoot: Bool = false, requiresAccount: Bool = false,
        timeout: Duration = .seconds(20), name: String = "test"
    ) throws -> PAMBackend {
        try folder.write(service, to: "test")
        let settings = PAMSettings(
            service: name, timeout: timeout, minUserID: minUserID, allowsRoot: allowsRoot,
            requiresAccount: requiresAccount, folder: folder.path)
        return PAMBackend(settings: settings, pool: WorkerPool(workers: 2, memoryBudgetKiB: 1))
    }

    private func ask(
        _ backend: PAMBackend, _ name: String, _ password: String = "secret"
    ) async throws(BackendError) -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    private func reason(_ backend: PAMBackend, _ name: String = "alice") async -> String? {
        do throws(BackendError) {
            _ = try await ask(backend, name)
            return nil
        } catch {
            guard case .unavailable(let reason) = error else { return "busy" }
            return reason
        }
    }

    @Test("passes the conformance suite")
    func conformance() async throws {
        let backend = try backend(auth + "account required pam_permit.so\n")
        try folder.write("alice:\(Self.hash)\n", to: "people")
        try await BackendCheck(backend, name: "alice", password: "secret").run()
    }

    @Test("does not wait after a failure: the service's own delay is off")
    func noDelay() async throws {
        let backend = try backend(
            "auth optional pam_faildelay.so delay=10000000\n\(auth)account required pam_permit.so\n")
        let begin = ContinuousClock.now
        #expect(try await ask(backend, "alice", "wrong") == .notMine)
        #expect(ContinuousClock.now - begin < .seconds(5))
    }

    @Test("lets in only accounts of the system from the least user id on, and root only if asked to")
    func accounts() async throws {
        let service = auth + "account required pam_permit.so\n"
        let strict = try backend(service, requiresAccount: true)
        for name in ["alice", "root", "daemon"] { #expect(try await ask(strict, name) == .notMine, "\(name)") }
        guard case .authenticated(let nobody) = try await ask(strict, "nobody") else {
            Issue.record("nobody was not let in")
            return
        }
        #expect(nobody.groups == ["nogroup"] && nobody.displayName == "nobody")
        let lax = try backend(service, minUserID: 1)
        #expect(try await ask(lax, "root") == .notMine)
        guard case .authenticated = try await ask(lax, "daemon") else {
            Issue.record("daemon was not let in")
            return
        }
        guard case .authenticated(let root) = try await ask(try backend(service, allowsRoot: true), "root") else {
            Issue.record("root was not let in")
            return
        }
        #expect(root.groups.contains("root") && root.user.id == "root")
        #expect(try await strict.identity(of: root.user, known: root) == nil)
        #expect(try await strict.identity(of: nobody.user, known: nil) == nobody)
    }

    @Test("asks for the account, too: at sign-in and later")
    func account() async throws {
        let backend = try backend(
            auth + "account required pam_succeed_if.so quiet user != alice\n", requiresAccount: false)
        #expect(try await ask(backend, "alice") == .notMine)
        #expect(try await backend.identity(of: UserReference(backend: "pam", id: "alice"), known: nil) == nil)
        let nobody = UserReference(backend: "pam", id: "nobody")
        #expect(try await backend.identity(of: nobody, known: nil)?.name == "nobody")
    }

    @Test("passes over what modules say, and answers the same question again")
    func messages() async throws {
        let text = "auth optional pam_echo.so hello\n\(auth)\(auth)account required pam_permit.so\n"
        guard case .authenticated = try await ask(try backend(text), "alice") else {
            Issue.record("alice was not let in")
            return
        }
    }

    @Test("cannot find out from a module that asks for another password")
    func another() async throws {
        let text = "\(auth)auth required pam_stress.so\naccount required pam_permit.so\n"
        #expect(await reason(try backend(text))?.contains("more than a password") == true)
    }

    @Test("cannot find out without its service, without its modules, or from modules that break")
    func outages() async throws {
        #expect(await reason(try backend("", name: "missing"))?.contains("no readable file") == true)
        #expect(await reason(try backend("", name: "../test"))?.contains("no such") == true)
        #expect(await reason(try backend("auth required pam_missing_module.so\n")) != nil)
        let broken = "auth required pam_debug.so auth=authinfo_unavail\naccount required pam_permit.so\n"
        #expect(await reason(try backend(broken)) != nil)
        #expect(await reason(try backend(auth + "account required pam_missing_module.so\n")) != nil)
    }

    @Test("lets nobody in where the service's file says nothing or nonsense", arguments: ["", "nonsense\n", "auth"])
    func nonsense(text: String) async throws {
        #expect(try await ask(try backend(text), "alice") == .notMine)
        let alice = UserReference(backend: "pam", id: "alice")
        #expect(try await backend(text).identity(of: alice, known: nil) == nil)
    }

    @Test(
        "says no to what is clearly no",
        arguments: ["auth_err", "user_unknown", "maxtries", "perm_denied", "acct_expired", "new_authtok_reqd"])
    func clear(code: String) async throws {
        let isAccount = code == "acct_expired" || code == "new_authtok_reqd"
        let modules =
            isAccount
            ? "\(auth)account required pam_debug.so acct=\(code)\n"
            : "auth required pam_debug.so auth=\(code)\naccount required pam_permit.so\n"
        #expect(try await ask(try backend(modules), "alice") == .notMine)
    }

    @Test("gives up on a module that hangs, and lets others in meanwhile")
    func hangs() async throws {
        let slow = "auth required pam_exec.so quiet /bin/sleep 3\n\(auth)account required pam_permit.so\n"
        let backend = try backend(slow, timeout: .milliseconds(300))
        let begin = ContinuousClock.now
        #expect(await reason(backend) == "no answer in time")
        #expect(ContinuousClock.now - begin < .seconds(2))
    }

    @Test("never shows modules what they could misread", arguments: ["a:b", "a/b", "-h", "+", " a", "a ", "a\nb", ""])
    func names(name: String) async throws {
        let backend = try backend("auth required pam_permit.so\naccount required pam_permit.so\n")
        #expect(try await ask(backend, name) == .notMine)
        #expect(try await backend.identity(of: UserReference(backend: "pam", id: UTF8Text(name)), known: nil) == nil)
    }

    @Test("takes no password that modules would cut")
    func passwords() async throws {
        let backend = try backend("auth required pam_permit.so\naccount required pam_permit.so\n")
        for password in ["", "a\u{0}b", String(repeating: "x", count: 512)] {
            #expect(try await ask(backend, "alice", password) == .notMine)
        }
    }
}
