package import GatehouseConfig
internal import GatehouseDatabase
package import GatehouseTerminal
private import Logging

/// The folder of `GATEHOUSE_DATA`, into which `serve` puts what nobody made: keys, and the tables of a database.
package struct DataFolder {
    private let path: String
    private let keys: KeyFiles
    /// Keys that are not there yet.
    private let missing: [(path: String, text: String)]

    /// `nil` without the variable.
    package init?(_ environment: [String: String]) throws(Failure) {
        guard let path = Configuration.dataFolder(environment: environment) else { return nil }
        self.path = path
        keys = KeyFiles(in: path)
        missing = try keys.newTexts().filter { !Files.exists($0.path) }
    }

    /// What the keys will hold that are not there yet, so that a configuration can be judged before anything is written.
    package var missingKeys: [String: [UInt8]] {
        Dictionary(missing.map { ($0.path, Array($0.text.utf8)) }) { first, _ in first }
    }

    /// Makes the keys that are missing, if the configuration has none of its own.
    ///
    /// - Returns: the paths of those that were made; `nil` if none was missing. Otherwise the configuration has to be read anew:
    ///   another instance may have made other ones at the same moment.
    /// - Throws: `Failure` if the folder cannot be written.
    package func makeKeys(for configuration: Configuration) throws(Failure) -> [String]? {
        guard configuration.keys.areStandard, !missing.isEmpty else { return nil }
        do throws(Failure) { return try keys.make(missing) } catch {
            throw Failure(
                code: error.code,
                message:
                    "GATEHOUSE_DATA: the keys cannot be made: \(error.message); give a folder that this user can write, "
                    + "like a volume, or name keys that are there with GATEHOUSE_KEYS__LOOKUP_FILE and "
                    + "GATEHOUSE_KEYS__SEAL_FILE")
        }
    }

    /// Says which keys were made, once the log is there.
    package static func tell(ofKeys paths: [String]) {
        guard !paths.isEmpty else { return }
        Logger(label: "gatehouse").notice(
            "made new keys: keep them secret and in your backup; with others every session ends",
            metadata: ["files": "\(paths.joined(separator: ", "))"])
    }

    /// Whether the people of a configuration are in a SQLite file here, which nobody else brings up to date.
    package func holdsDatabase(of configuration: Configuration) -> Bool {
        guard case .sqlite(let file) = configuration.database.location, configuration.database.isManaged else {
            return false
        }
        return file.utf8.starts(with: (path == "/" ? path : "\(path)/").utf8)
    }
}
