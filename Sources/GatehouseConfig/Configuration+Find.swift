/// What a configuration is read from.
package enum ConfigurationSource: Equatable, Sendable {
    /// A file, with variables of the environment put over it.
    case file(String)
    /// Variables of the environment alone.
    case environment
}

/// Where the configuration is.
extension Configuration {
    /// What to load: the file named on the command line, else `GATEHOUSE_CONFIG`, else `gatehouse.toml` in the working
    /// directory, else `/etc/gatehouse/gatehouse.toml`, else the environment if it says enough, else the file that `serve` made
    /// when there was none: for this user, or as the system's service.
    ///
    /// `explicit` is the value of `--config`. What is named is returned whether it exists or not, so that the message about a
    /// missing file names it. The environment says enough with `GATEHOUSE_DATA`, or with both keys.
    package static func find(
        explicit: String?, environment: [String: String]
    ) throws(ConfigProblems) -> ConfigurationSource {
        // The service's comes last: nobody but it and root can look there.
        var own = standalonePath(environment: environment).map { [$0] } ?? []
        if !own.contains(servicePath) { own.append(servicePath) }
        return try find(
            explicit: explicit, environment: environment,
            places: ["gatehouse.toml", "/etc/gatehouse/gatehouse.toml"], own: own)
    }

    /// As above, with other places to look at.
    package static func find(
        explicit: String?, environment: [String: String], places: [String], own: [String] = []
    ) throws(ConfigProblems) -> ConfigurationSource {
        if let named = named(explicit: explicit, environment: environment) { return .file(named) }
        if let found = places.first(where: { TextFile.exists($0) }) { return .file(found) }
        if isEnough(environment) { return .environment }
        if let found = own.first(where: { TextFile.exists($0) }) { return .file(found) }
        let places = places + own
        throw ConfigProblems([
            ConfigProblem(
                source: "no configuration",
                message: "found at \(places.joined(separator: ", ")); name one with --config or GATEHOUSE_CONFIG, "
                    + "or make one with `gatehouse init`")
        ])
    }

    /// Whether the environment is meant to be a whole configuration.
    private static func isEnough(_ environment: [String: String]) -> Bool {
        if dataFolder(environment: environment) != nil { return true }
        return ["LOOKUP", "SEAL"].allSatisfy { key in
            ["", "_FILE"].contains { environment["\(Overrides.prefix)KEYS__\(key)\($0)"] != nil }
        }
    }

    /// The folder of `GATEHOUSE_DATA`, in which `serve` may put what nobody else made; `nil` without one.
    package static func dataFolder(environment: [String: String]) -> String? {
        EnvironmentDefaults.dataFolder(environment)
    }

    /// The file that somebody named; `nil` if it is to be looked for.
    package static func named(explicit: String?, environment: [String: String]) -> String? {
        if let explicit { return explicit }
        if let variable = environment["GATEHOUSE_CONFIG"], !variable.utf8.isEmpty { return variable }
        return nil
    }

    /// The one that the system's service made, whose folder for state is `/var/lib/gatehouse`.
    private static var servicePath: String { "/var/lib/gatehouse/gatehouse.toml" }

    /// The configuration that `serve` makes when there is none, in the folder that the XDG Base Directory Specification
    /// has for state: `$XDG_STATE_HOME/gatehouse`, else `$HOME/.local/state/gatehouse`.
    ///
    /// `nil` without a home.
    package static func standalonePath(environment: [String: String]) -> String? {
        // A relative path there is to be ignored, says the specification.
        func absolute(_ name: String) -> String? {
            environment[name].flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
        }
        let state = absolute("XDG_STATE_HOME") ?? absolute("HOME").map { TextFile.resolve(".local/state", in: $0) }
        return state.map { TextFile.resolve("gatehouse/gatehouse.toml", in: $0) }
    }
}
