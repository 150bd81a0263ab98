/// Where the configuration is.
extension Configuration {
    /// The file to load: the one named on the command line, else `GATEHOUSE_CONFIG`, else `gatehouse.toml` in the working
    /// directory, else `/etc/gatehouse/gatehouse.toml`.
    ///
    /// `explicit` is the value of `--config`. What is named is returned whether it exists or not, so that the message about a
    /// missing file names it.
    package static func find(explicit: String?, environment: [String: String]) throws(ConfigProblems) -> String {
        try find(
            explicit: explicit, environment: environment, places: ["gatehouse.toml", "/etc/gatehouse/gatehouse.toml"])
    }

    /// As above, with other places to look at.
    package static func find(
        explicit: String?, environment: [String: String], places: [String]
    ) throws(ConfigProblems) -> String {
        if let explicit { return explicit }
        if let variable = environment["GATEHOUSE_CONFIG"], !variable.utf8.isEmpty { return variable }
        if let found = places.first(where: { TextFile.exists($0) }) { return found }
        throw ConfigProblems([
            ConfigProblem(
                source: "no configuration",
                message: "found at \(places.joined(separator: ", ")); name one with --config or GATEHOUSE_CONFIG, "
                    + "or make one with `gatehouse init`")
        ])
    }
}
