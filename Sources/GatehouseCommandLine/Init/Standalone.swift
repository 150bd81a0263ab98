package import GatehouseConfig
private import GatehouseCore
private import GatehouseCrypto
package import GatehouseTerminal

/// What `serve` runs on when nobody has configured anything: a folder that it makes itself.
///
/// It is an ordinary configuration with keys and a database beside it, which every other command finds, too. As long as it
/// lies there, nothing listens on anything but this machine.
package struct Standalone {
    /// The configuration's file.
    let path: String
    private let isMade: Bool

    /// Finds out whether there is no other configuration; `nil` if there is one, or if one was named.
    ///
    /// - Throws: `Failure.usage` if there is none and no home to make one in.
    package static func find(explicit: String?, environment: [String: String]) throws(Failure) -> Standalone? {
        guard Configuration.named(explicit: explicit, environment: environment) == nil else { return nil }
        guard let path = Configuration.standalonePath(environment: environment) else { return nil }
        guard let found = try? Configuration.find(explicit: nil, environment: environment) else {
            return Standalone(path: path, isMade: false)
        }
        return found == path ? Standalone(path: path, isMade: true) : nil
    }

    /// Makes what is missing: the folder, closed to others, the keys, and at last the configuration.
    package func make() throws(Failure) {
        if isMade { return }
        let folder = Files.folder(of: path)
        try Files.makeFolders(folder, mode: 0o700)
        try KeyFiles(beside: path).make(keepsExisting: true)
        try Files.create(path, NewConfiguration.standalone, mode: 0o600)
    }

    /// Whoever wants to be reached from elsewhere has to say so in a configuration of their own.
    ///
    /// - Throws: `Failure.usage` if a listener's address is not this machine's.
    package func requireLoopback(_ configuration: Configuration) throws(Failure) {
        let listeners = [
            ("check", configuration.check.listen), ("portal", configuration.portal.listen),
            ("admin", configuration.admin.listen),
        ]
        for (name, addresses) in listeners {
            for address in addresses where !address.isLocal {
                throw .usage(
                    "\(name).listen: \(address) can be reached from other machines; \(path) was made for this one only: "
                        + "name it with --config, or move it to /etc/gatehouse with its keys")
            }
        }
    }
}

/// The two keys that lie beside a configuration.
struct KeyFiles {
    let folder: String
    var lookup: String { "\(folder)/lookup" }
    var seal: String { "\(folder)/seal" }

    init(beside config: String) { folder = "\(Files.folder(of: config))/keys" }

    /// Makes both, readable by their owner only.
    ///
    /// - Parameter keepsExisting: whether one that is there stays; without, it is an error.
    /// - Throws: `Failure.usage` if one cannot be made.
    func make(keepsExisting: Bool = false) throws(Failure) {
        try Files.makeFolder(folder, mode: 0o700)
        try requireSafeFolder()
        for (path, text) in try newTexts() where !keepsExisting || !Files.exists(path) {
            try Files.create(path, text, mode: 0o600)
        }
    }

    /// What both would hold, made anew, with their paths.
    func newTexts() throws(Failure) -> [(path: String, text: String)] {
        [(lookup, try KeyFiles.newKey() + "\n"), (seal, "1:" + (try KeyFiles.newKey()) + "\n")]
    }

    /// A folder that is there already may be somebody else's.
    ///
    /// - Throws: `Failure.usage` with the command that mends it.
    func requireSafeFolder() throws(Failure) {
        if let problem = FileExposure.problem(ofSecretFolder: folder) { throw .usage(problem) }
    }

    private static func newKey() throws(Failure) -> String {
        do { return String(decoding: Base64URL.encode(try SystemRandom.octets(32)), as: UTF8.self) } catch {
            throw .unknown("the system gave no random octets: \(error)")
        }
    }
}
