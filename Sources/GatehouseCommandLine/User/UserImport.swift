internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
internal import GatehouseImport
private import GatehousePeople
internal import GatehouseTerminal
private import Synchronization

/// `gatehouse user import`.
struct UserImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take people over from a file or another database, with their passwords.",
        discussion: """
            FILE is an htpasswd file, Authelia's users_database.yml, CSV with a header line (username, password_hash, email, \
            first_name, last_name, is_active, is_staff, is_superuser, groups, permissions; lists with ;), another Django \
            database in a SQLite file, or the postgresql:// address of one. Secrets of one-time passwords (tinyauth's third field, \
            django-otp's table) are kept, sealed, for when second factors come. Either everybody comes in or nobody; each line \
            that is not right is named.

            Exit codes: 0 imported, 1 lines that are not right, 2 usage, 3 no database.
            """)

    @Argument(help: "The file or address.", completion: .file())
    var file: String

    @Option(name: .long, help: "What it is: htpasswd, authelia, csv or django; guessed if it is not said.")
    var format: String?

    @Flag(name: .long, help: "Leave lines out that are not right, and import the others.")
    var skipBad = false

    @Flag(name: .long, help: "Change people who exist; otherwise their lines are not right.")
    var update = false

    @Flag(name: .long, help: "Write nothing, only say what would be done.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let administrator = try await People.open(configuration).administrator(configuration.sessionDoor)
        let (source, format) = try source()
        var work = PeopleImport()
        (work.skipsBad, work.updatesExisting, work.isDryRun) = (skipBad, update, dryRun)
        let seal = try configuration.factorSeal
        let steps = ImportSteps()
        let report: ImportReport
        do throws(ImportError) {
            report = try await administrator.importPeople(from: source, work, seal: seal) {
                steps.show($0)
            }
        } catch {
            steps.end()
            throw failure(error)
        }
        steps.end()
        for line in report.complaints(place) { Terminal.complain(shown(line)) }
        if output.json {
            print(report.json(file: place, format: format, isGuessed: self.format == nil))
        } else {
            if self.format == nil { print("Read as \(format.title).") }
            for line in report.summary { print(shown(line)) }
        }
        try await administrator.follow(report)
        if report.verdict == .refused { throw ExitCode(ExitStatus.refused) }
    }

    /// What messages call the file: an address may hold a password.
    private var place: String { ImportFormat.isAddress(file) ? "the database" : file }

    private func source() throws -> (any PeopleSource, ImportFormat) {
        var wanted: ImportFormat?
        if let format {
            wanted = ImportFormat(rawValue: format)
            guard wanted != nil else {
                let known = ImportFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure.usage("--format \(shown(format)): one of \(known)")
            }
        }
        if ImportFormat.isAddress(file) {
            let settings = PostgreSQLSettings(
                url: file, connections: 1, connectDeadline: .seconds(5), statementDeadline: .seconds(60))
            return (try databaseSource { () throws(DatabaseError) in try Database(settings) }, .django)
        }
        do throws(ImportError) {
            let bytes = try FileBytes(path: file)
            let head = try bytes.head()
            guard let format = wanted ?? ImportFormat.guess(path: file, head: head) else {
                throw .unreadable(reason: "nothing tells what kind of file it is: say --format")
            }
            switch format {
            case .htpasswd: return (HtpasswdSource(bytes), format)
            case .authelia: return (try AutheliaSource(bytes), format)
            case .csv: return (CSVSource(bytes), format)
            case .django: break
            }
        } catch {
            throw failure(error)
        }
        let path = file
        return (try databaseSource { () throws(DatabaseError) in try Database(sqlitePath: path) }, .django)
    }

    private func databaseSource(_ open: () throws(DatabaseError) -> Database) throws -> any PeopleSource {
        do { return ExportedPeople.source(try open()) } catch {
            throw Failure.usage("\(place): cannot be opened: \(error)")
        }
    }

    private func failure(_ error: ImportError) -> Failure {
        switch error {
        case .unreadable(let reason): .usage("\(shown(place)): \(reason)")
        case .malformed(let line, let reason): .refused("\(shown(place)):\(line): \(reason); nothing was imported")
        case .unavailable(let reason): .unknown("\(reason); nothing was imported")
        case .refused(let reason): .refused("\(reason); nothing was imported")
        }
    }
}

/// The steps of an import on a terminal.
private final class ImportSteps: Sendable {
    private struct State {
        var progress: Progress?
        var done = 0
        var isWriting = false
    }

    private let state = Mutex(State())

    func show(_ stage: PeopleImport.Stage) {
        state.withLock { state in
            switch stage {
            case .read(let count):
                if state.progress == nil { state.progress = Progress("Reading", of: 0) }
                state.progress?.advance(by: count - state.done)
                state.done = count
            case .written(let count, let total):
                if !state.isWriting {
                    state.progress?.end()
                    state = State(progress: Progress("Writing", of: total), done: 0, isWriting: true)
                }
                state.progress?.advance(by: count - state.done)
                state.done = count
            }
        }
    }

    func end() { state.withLock { $0.progress?.end() } }
}
