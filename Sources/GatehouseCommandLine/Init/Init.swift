internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse init`: writes a configuration and its keys.
struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a configuration, generate its keys, and make the first administrator.",
        discussion: """
            Never overwrites anything, and writes everything or nothing. At a terminal it asks who the first administrator \
            is. Without options the result works on localhost: one application on http://localhost:8080 with the portal \
            under /_gatehouse.

            Exit codes: 0 done, 1 a name or a password was refused, 2 usage, or something is in the way, 3 it could not be \
            written.
            """)

    @Option(name: .long, help: "The file to write; its folder also gets keys/ and the database.")
    var config = "gatehouse.toml"

    @Option(name: .long, help: "Where people sign in: a host of its own, or a path of the application's host.")
    var portal = "http://localhost:8080/_gatehouse"

    @Option(name: .customLong("host"), help: "A host to protect; may be repeated. Default: the portal's own.")
    var hosts: [String] = []

    @Option(
        name: [.customLong("store"), .customLong("redis")],
        help: "Where sessions are kept: a file, or redis://127.0.0.1:6379/0 for several replicas.")
    var store = "sqlite:gatehouse.db"

    @OptionGroup var first: FirstAdministratorOptions

    func run() async throws {
        let folder = Files.folder(of: config)
        let keys = KeyFiles(beside: config)
        for path in [config, keys.lookup, keys.seal] where Files.exists(path) {
            throw Failure.usage("\(path) exists already; init never overwrites: choose another --config or remove it")
        }
        // Whoever may write to the nearest one that is there could put others in place of those that are made in it.
        var place = folder
        while !Files.exists(place), place != "/", place != "." { place = Files.folder(of: place) }
        if let problem = FileExposure.problem(ofFolder: place) { throw Failure.usage(problem) }
        try keys.requireSafeFolder()
        // Everything is known, and everything was asked, before anything is written.
        let text = try configurationText()
        let secrets = try keys.newTexts()
        let configuration = try judged(text, secrets)
        let administrator = try await first.administrator(configuration)
        try await NewFiles.uninterrupted { () async throws(Failure) in
            var files = NewFiles()
            do throws(Failure) {
                try files.folder(folder, mode: 0o755)
                try files.folder(keys.folder, mode: 0o700)
                try keys.requireSafeFolder()
                for (path, text) in secrets { try files.file(path, text, mode: 0o600) }
                if let administrator { try await Init.make(administrator, configuration, &files) }
                // What others look for comes last.
                try files.file(config, text, mode: 0o640)
            } catch {
                files.takeBack()
                throw error
            }
        }
        print("Wrote \(config), \(keys.lookup) and \(keys.seal). Keep the keys secret and in your backup.")
        if let administrator { print("Made the administrator \(shown(administrator.name)).") }
        print("\nNext:")
        for command in await leftToDo(configuration) {
            print("  gatehouse \(command) --config \(FileExposure.quoted(config))")
        }
    }

    /// The configuration as it will be read.
    private func judged(
        _ text: String, _ secrets: [(path: String, text: String)]
    ) throws(Failure) -> Configuration {
        // As the configuration's own paths are counted from its folder.
        let folder = Files.folder(of: config)
        let start = folder == "." ? "" : folder == "/" ? "/" : "\(folder)/"
        let pending = zip(["keys/lookup", "keys/seal"], secrets).map { (start + $0, Array($1.text.utf8)) }
        do throws(ConfigProblems) {
            return try Configuration.load(
                unwritten: text, path: config, pending: Dictionary(pending) { first, _ in first },
                environment: ConfigurationOptions.environment(), suffixes: { SuffixVerdict.of($0) })
        } catch {
            throw .usage("nothing was written, since the result would not work:\n\(error)")
        }
    }

    private static func make(
        _ administrator: FirstAdministratorOptions.Administrator, _ configuration: Configuration,
        _ files: inout NewFiles
    ) async throws(Failure) {
        if case .sqlite(let path) = configuration.database.location, !Files.exists(path) {
            for name in [path, "\(path)-wal", "\(path)-shm"] { files.expect(name) }
        }
        let people = try People.open(configuration)
        do throws(PeopleError) {
            try await people.migrations.bringUpToDate()
            try await people.firstAdministrator.add(
                administrator.name.description, password: administrator.password)
        } catch {
            throw Failure(error)
        }
    }

    /// The commands that are still to be run, in their order.
    private func leftToDo(_ configuration: Configuration) async -> [String] {
        var commands = ["render nginx", "check", "serve"]
        var hasAdministrator = false
        var hasTables = false
        if let people = try? People.open(configuration, makesFile: false) {
            hasTables = (try? await people.tables.require()) != nil
            if hasTables { hasAdministrator = (try? await people.firstAdministrator.isNeeded()) == false }
        }
        if !hasAdministrator { commands.insert("user add NAME --superuser --staff", at: 0) }
        if !hasTables { commands.insert("migrate", at: 0) }
        return commands
    }

    private func configurationText() throws(Failure) -> String {
        do {
            let new = try NewConfiguration(
                portal: portal, hosts: hosts, store: store, suffixes: { SuffixVerdict.of($0) })
            for doubt in new.doubts { Terminal.complain("warning: \(doubt)") }
            return new.text
        } catch {
            throw .usage(error.description)
        }
    }
}
