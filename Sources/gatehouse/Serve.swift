internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCommandLine
private import GatehouseConfig
private import GatehousePeople
private import GatehouseSystem
private import GatehouseTerminal
private import Glibc

/// `gatehouse serve`: runs the daemon until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion: """
            Without any configuration it makes one in $XDG_STATE_HOME/gatehouse (else ~/.local/state/gatehouse), serves the \
            portal on http://localhost:9181 to this machine only, and prints a link to make the first administrator.

            With $GATEHOUSE_DATA, a folder that it can write, variables like GATEHOUSE_PORTAL__URL can be the whole \
            configuration: it makes missing keys in there, and brings a SQLite database in there up to date. \
            $GATEHOUSE_ADMIN_NAME and $GATEHOUSE_ADMIN_PASSWORD_FILE name the first administrator, who is made once, where \
            there never was one.

            On SIGTERM and SIGINT it stops: /readyz is red at once, everything is answered for shutdown.delay, then nothing new \
            is taken and what is under way has shutdown.drain; a second signal ends it at once. SIGHUP opens the audit file \
            anew. Exit codes: 0 stopped, 1 stopped by a second signal, 2 configuration, 3 something could not be reached.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        ProcessHardening.apply()
        // Until somebody listens for it: a log that is rotated while we start must not end us.
        _ = signal(SIGHUP, SIG_IGN)
        let manager: ServiceManagerEnvironment
        do { manager = try .take() } catch { throw Failure.usage("\(error)") }
        let environment = ConfigurationOptions.environment()
        let standalone = try Standalone.find(explicit: options.config, environment: environment)
        try standalone?.make()
        let data = try DataFolder(environment)
        var configuration = try options.load(standardKeys: data?.missingKeys ?? [:])
        let newKeys = try data?.makeKeys(for: configuration)
        if newKeys != nil { configuration = try options.load() }
        try standalone?.requireLoopback(configuration)
        let log = try DaemonLog.start(configuration)
        do {
            DataFolder.tell(ofKeys: newKeys ?? [])
            if standalone != nil || data?.holdsDatabase(of: configuration) == true {
                try await People.open(configuration).migrations.bringUpToDate()
            }
            try await FirstAdministratorVariables.makeAdministrator(environment, configuration)
            try await Daemon(configuration, log: log, manager: manager).run(offersSetup: standalone != nil)
        } catch {
            await log.finish()
            throw error
        }
        await log.finish()
    }
}
