internal import ArgumentParser
internal import Logging

/// `gatehouse serve`: runs the daemon until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion: """
            Without any configuration it makes one in $XDG_STATE_HOME/gatehouse (else ~/.local/state/gatehouse), serves the \
            portal on http://localhost:9181 to this machine only, and prints a link to make the first administrator.

            Stops on SIGTERM and SIGINT. Exit codes: 0 stopped, 2 configuration, 3 something could not be reached.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        ProcessHardening.apply()
        let standalone = try Standalone.find(
            explicit: options.config, environment: ConfigurationOptions.environment())
        try standalone?.make()
        let configuration = try options.load()
        try standalone?.requireLoopback(configuration)
        let (level, format) = (configuration.logLevel, configuration.logFormat)
        let audit = AuditFile(configuration)
        try audit?.requireWritable()
        LoggingSystem.bootstrap { LineLog(label: $0, format: format, level: level, audit: audit) }
        if standalone != nil { try await People.open(configuration).migrate() }
        try await Daemon(configuration).run(offersSetup: standalone != nil)
    }
}
