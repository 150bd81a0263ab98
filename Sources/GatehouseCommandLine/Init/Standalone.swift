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
        return found == .file(path) ? Standalone(path: path, isMade: true) : nil
    }

    /// Makes what is missing: the folder, closed to others, the keys, and at last the configuration.
    package func make() throws(Failure) {
        if isMade { return }
        let folder = Files.folder(of: path)
        try Files.makeFolders(folder, mode: 0o700)
        let keys = KeyFiles(beside: path)
        try keys.make(try keys.newTexts())
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

/// The two keys that lie beside a configuration, or in the folder for data.
struct KeyFiles {
    let folder: String
    var lookup: String { "\(folder)/lookup" }
    var seal: String { "\(folder)/seal" }

    init(beside config: String) { self.init(in: Files.folder(of: config)) }

    init(in folder: String) { self.folder = folder == "/" ? "/keys" : "\(folder)/keys" }

    /// Makes those that are missing, readable by their owner only; one that is there stays as it is.
    ///
    /// - Parameter texts: what they are to hold, by `newTexts`.
    /// - Returns: the paths of those that were made.
    /// - Throws: `Failure` if one cannot be made.
    @discardableResult
    func make(_ texts: [(path: String, text: String)]) throws(Failure) -> [String] {
        try Files.makeFolders(folder, mode: 0o700)
        try requireSafeFolder()
        var made: [String] = []
        for (path, text) in texts {
            let isNew = try Files.createForGood(path, text, mode: 0o600)
            if isNew { made.append(path) }
        }
        return made
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
