/// Where the configuration is.
extension Configuration {
    /// The file to load: the one named on the command line, else `GATEHOUSE_CONFIG`, else `gatehouse.toml` in the working
    /// directory, else `/etc/gatehouse/gatehouse.toml`, else the one that `serve` made when there was none: for this user, or
    /// as the system's service.
    ///
    /// `explicit` is the value of `--config`. What is named is returned whether it exists or not, so that the message about a
    /// missing file names it.
    package static func find(explicit: String?, environment: [String: String]) throws(ConfigProblems) -> String {
        var places = ["gatehouse.toml", "/etc/gatehouse/gatehouse.toml"]
        // The service's comes last: nobody but it and root can look there.
        for path in [standalonePath(environment: environment), servicePath] {
            if let path, !places.contains(path) { places.append(path) }
        }
        return try find(explicit: explicit, environment: environment, places: places)
    }

    /// As above, with other places to look at.
    package static func find(
        explicit: String?, environment: [String: String], places: [String]
    ) throws(ConfigProblems) -> String {
        if let named = named(explicit: explicit, environment: environment) { return named }
        if let found = places.first(where: { TextFile.exists($0) }) { return found }
        throw ConfigProblems([
            ConfigProblem(
                source: "no configuration",
                message: "found at \(places.joined(separator: ", ")); name one with --config or GATEHOUSE_CONFIG, "
                    + "or make one with `gatehouse init`")
        ])
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
