package import ArgumentParser
package import GatehouseConfig
package import GatehouseTerminal
private import Glibc

/// Where the configuration is.
package struct ConfigurationOptions: ParsableArguments {
    /// What `--config` names.
    @Option(name: .long, help: "The configuration file.")
    package var config: String?

    package init() {}
    init(config: String) { self.config = config }

    /// Reads it.
    ///
    /// - Parameter standardKeys: what the keys will hold that are not written yet, if nobody configured others.
    /// - Returns: the configuration.
    /// - Throws: `Failure.usage` with everything that is wrong, each with its line or variable and its key.
    package func load(standardKeys: [String: [UInt8]] = [:]) throws(Failure) -> Configuration {
        let environment = ConfigurationOptions.environment()
        do throws(ConfigProblems) {
            let source = try Configuration.find(explicit: config, environment: environment)
            return try Configuration.load(
                from: source, environment: environment, standardKeys: standardKeys, suffixes: { SuffixVerdict.of($0) })
        } catch {
            throw .usage("\(error)")
        }
    }

    /// The variables of the process.
    package static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables[String(pair[..<equals])] = String(pair[pair.utf8.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }
}
