import Foundation
import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

/// A module runs in this process and may do as it likes; what programs behind `pam_exec` say reaches it as messages.
@Suite("A PAM module that says too much", .serialized)
struct HostilePAMTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func backend(_ service: String, timeout: Duration) throws -> PAMBackend {
        try folder.write(service, to: "test")
        let settings = PAMSettings(service: "test", timeout: timeout, requiresAccount: false, folder: folder.path)
        return PAMBackend(settings: settings, pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
    }

    @Test(
        "takes little memory",
        arguments: [
            ("auth", "yes | head -n 300000"), ("account", "yes | head -n 300000"),
            ("auth", "yes | head -n 300000; exit 1"),
            ("auth", "head -c 67108864 /dev/zero | tr '\\0' y"),
        ])
    func messages(phase: String, script: String) async throws {
        let path = try folder.write(script, to: "script")
        let noisy = "\(phase) required pam_exec.so stdout /bin/sh \(path)\n"
        let backend = try backend(
            noisy + "auth required pam_permit.so\naccount required pam_permit.so\n", timeout: .seconds(120))
        let growth = await OwnMemory.peakGrowth {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do throws(BackendError) {
                            let result = try await backend.authenticate(
                                Credentials(name: "alice", password: Password("secret")))
                            let isIn = if case .authenticated = result { true } else { false }
                            #expect(isIn != script.hasSuffix("exit 1"))
                        } catch {
                            // What fails in the system's code is an outage, and nobody is in.
                            #expect(script.hasSuffix("exit 1"), "\(error)")
                        }
                    }
                }
            }
        }
        #expect(growth < 50, "MiB")
    }

    @Test("is given up at the deadline while it goes on saying something")
    func endless() async throws {
        let path = try folder.write("exec timeout -s KILL 5 yes", to: "script")
        let backend = try backend(
            // Nothing milder: what is started by a thread that blocks signals blocks them, too.
            "auth required pam_exec.so stdout /bin/sh \(path)\nauth required pam_permit.so\n", timeout: .seconds(1))
        await #expect(throws: BackendError.unavailable(reason: "no answer in time")) {
            try await backend.authenticate(Credentials(name: "alice", password: Password("secret")))
        }
    }
}
