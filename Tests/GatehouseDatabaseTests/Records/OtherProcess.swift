import Foundation
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

/// Another process at the same file: Python with its own SQLite.
struct OtherProcess {
    private static let opening = """
        import os, sqlite3, sys, time
        db = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
        """

    /// Runs a script, which has the open file as `db`, to its end.
    static func run(_ script: String, on path: String) throws {
        let process = try ChildProcess("python3", ["-c", opening + "\n" + script, path])
        #expect(process.waitForExit() == 0, "\(script)")
    }

    /// Begins to write and does not go on until it is killed.
    static func lock(_ path: String, in folder: TemporaryFolder) async throws -> ChildProcess {
        let script = """
            db.execute("BEGIN IMMEDIATE")
            open(sys.argv[2], "w").close()
            time.sleep(600)
            """
        let mark = folder.file("locked-\(UInt32.random(in: .min ... .max))")
        let process = try ChildProcess("python3", ["-c", opening + "\n" + script, path, mark])
        try #require(await eventually { FileManager.default.fileExists(atPath: mark) })
        return process
    }
}

extension ChildProcess {
    func kill() {
        signal(9)
        waitForExit()
    }
}
