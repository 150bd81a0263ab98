import Foundation
import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport

/// A folder with programs of the tests, and backends that ask them.
struct CommandFixture {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A backend of a shell script.
    func shell(
        _ script: String, timeout: Duration = .seconds(20), environment: [String] = [], workers: Int = 2
    ) throws -> CommandBackend {
        // Given to the shell and not run by itself: another thread's fork could hold it open for writing still.
        let path = try folder.write(script, to: "script")
        return backend("/bin/sh", [path], timeout: timeout, environment: environment, workers: workers)
    }

    func backend(
        _ path: String, _ arguments: [String] = [], timeout: Duration = .seconds(20), environment: [String] = [],
        workers: Int = 2
    ) -> CommandBackend {
        CommandBackend(
            name: "command",
            settings: CommandSettings(path: path, arguments: arguments, timeout: timeout, environment: environment),
            pool: WorkerPool(workers: workers, memoryBudgetKiB: 1))
    }

    /// Why nothing could be found out; `nil` if it could.
    func reason(_ backend: CommandBackend, password: String = "secret") async -> String? {
        do throws(BackendError) {
            _ = try await backend.authenticate(Credentials(name: "alice", password: Password(password)))
            return nil
        } catch {
            guard case .unavailable(let reason) = error else { return "busy" }
            return reason
        }
    }

    /// What a script wrote into a file of the folder.
    func contents(_ name: String) -> String? {
        FileManager.default.contents(atPath: folder.file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The folder that holds the whole repository.
    static func repository(_ file: String = #filePath) -> URL {
        (0..<4).reduce(URL(fileURLWithPath: file)) { url, _ in url.deletingLastPathComponent() }
    }
}
