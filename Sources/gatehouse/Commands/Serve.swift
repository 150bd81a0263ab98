internal import ArgumentParser
internal import Logging

/// `gatehouse serve`: runs the daemon until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion:
            "Stops on SIGTERM and SIGINT. Exit codes: 0 stopped, 2 configuration, 3 something could not be reached.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        ProcessHardening.apply()
        let configuration = try options.load()
        let (level, format) = (configuration.logLevel, configuration.logFormat)
        LoggingSystem.bootstrap { LineLog(label: $0, format: format, level: level) }
        try await Daemon(configuration).run()
    }
}
