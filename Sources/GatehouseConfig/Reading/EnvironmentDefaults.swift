internal import GatehouseCore

/// What the environment says beside the keys: values for what the configuration leaves open.
struct EnvironmentDefaults {
    /// `GATEHOUSE_DATA`: the folder of keys and databases that no file has to name, and of relative paths in the environment.
    let dataFolder: String?
    /// `GATEHOUSE_LISTEN`: the address that checks and pages are listened for on.
    let listenHost: IPAddress?

    init(_ environment: [String: String], log: ProblemLog) {
        dataFolder = EnvironmentDefaults.dataFolder(environment)
        if let dataFolder, dataFolder.utf8.first != UInt8(ascii: "/") {
            log.add(
                .environment(Overrides.Own.data), "",
                "must be the absolute path of a folder, is \(Shown.text(dataFolder))")
        }
        guard let text = environment[Overrides.Own.listen], !text.isEmpty else {
            listenHost = nil
            return
        }
        listenHost = IPAddress(text)
        if listenHost == nil {
            log.add(
                .environment(Overrides.Own.listen), "",
                "must be an address of this machine like \"0.0.0.0\" or \"::\", without a port, is \(Shown.text(text))")
        }
    }

    /// The folder without slashes at the end.
    static func dataFolder(_ environment: [String: String]) -> String? {
        guard var octets = environment[Overrides.Own.data].map({ Array($0.utf8) }), !octets.isEmpty else { return nil }
        while octets.count > 1, octets.last == UInt8(ascii: "/") { octets.removeLast() }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The address of a listener that nobody configured.
    func listen(port: UInt16) -> ListenAddress {
        .tcp(host: listenHost ?? IPAddress(v4: (127, 0, 0, 1)), port: port)
    }
}

/// The folders that relative paths are counted from.
struct BaseFolders {
    /// For paths in the file: its own.
    let file: String
    /// For those that a variable or nobody names: that of `GATEHOUSE_DATA`, else the file's.
    let data: String
    /// Whether there is a `GATEHOUSE_DATA`.
    let hasData: Bool

    init(file: String, _ defaults: EnvironmentDefaults) {
        self.file = file
        data = defaults.dataFolder ?? file
        hasData = defaults.dataFolder != nil
    }

    func folder(for place: Place) -> String {
        if case .file = place { file } else { data }
    }

    func path(_ found: Found<String>) -> String { TextFile.resolve(found.value, in: folder(for: found.place)) }
}
