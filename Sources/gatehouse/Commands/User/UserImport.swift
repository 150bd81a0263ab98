internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
internal import GatehouseImport
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
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let (source, format) = try await source()
        var work = PeopleImport()
        (work.skipsBad, work.updatesExisting, work.isDryRun) = (skipBad, update, dryRun)
        let writer = DatabaseWriter(people: people, seal: try configuration.factorSeal)
        let steps = ImportSteps()
        let report: ImportReport
        do {
            report = try await work.run(
                from: source, to: writer, people.importRules
            ) {
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
        try await follow(report, configuration, people)
        if report.verdict == .refused { throw ExitCode(ExitStatus.refused) }
    }

    /// The sessions of those who changed learn of it at once.
    private func follow(_ report: ImportReport, _ configuration: Configuration, _ people: People) async throws {
        guard !report.changed.isEmpty else { return }
        let saved = LiveSessions.Saved.changing("the people are imported")
        try await LiveSessions.with(configuration, people, saved: saved) { sessions in
            for person in report.changed where person.endsSessions { _ = try await sessions.end(person.id) }
            try await sessions.refresh(report.changed.filter { !$0.endsSessions }.map(\.id))
        }
    }

    /// What messages call the file: an address may hold a password.
    private var place: String { ImportFormat.isAddress(file) ? "the database" : file }

    private func source() async throws -> (any PeopleSource, ImportFormat) {
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
            return (try await databaseSource { () throws(DatabaseError) in try Database(settings) }, .django)
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
        return (try await databaseSource { () throws(DatabaseError) in try Database(sqlitePath: path) }, .django)
    }

    private func databaseSource(
        _ open: () throws(DatabaseError) -> Database
    ) async throws -> any PeopleSource {
        let administration: PeopleAdministration
        do { administration = PeopleAdministration(try open()) } catch {
            throw Failure.usage("\(place): cannot be opened: \(error)")
        }
        let pages = ExportedPages(administration)
        return PagedSource { () async throws(ImportError) in try await pages.next() }
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

/// The pages of another database, one after another.
private actor ExportedPages {
    private let administration: PeopleAdministration
    private var last: Int64 = 0
    private var row = 0

    init(_ administration: PeopleAdministration) { self.administration = administration }

    func next() async throws(ImportError) -> [ImportRecord] {
        let page: [(id: Int64, person: PersonRow)]
        do { page = try await administration.export(after: last) } catch {
            throw .unreadable(reason: "it has no tables of Django's: \(error)")
        }
        last = page.last?.id ?? last
        return page.map { entry in
            row += 1
            return .person(ImportedPerson(line: row, entry.person))
        }
    }
}

extension ImportedPerson {
    fileprivate init(line: Int, _ row: PersonRow) {
        self.init(
            line: line, name: row.name, encodedPassword: row.encodedPassword, email: row.email,
            firstName: row.firstName,
            lastName: row.lastName, isActive: row.isActive, isStaff: row.isStaff, isSuperuser: row.isSuperuser,
            groups: row.groups, permissions: row.permissions, factors: row.factors,
            unusableFactors: row.unusableFactors)
    }

    fileprivate var row: PersonRow {
        var row = PersonRow(name: name)
        (row.encodedPassword, row.email, row.firstName, row.lastName) = (encodedPassword, email, firstName, lastName)
        (row.isActive, row.isStaff, row.isSuperuser) = (isActive, isStaff, isSuperuser)
        (row.groups, row.permissions, row.factors) = (groups, permissions, factors)
        return row
    }
}

/// The database that imported people go to.
private struct DatabaseWriter: PeopleWriter {
    let people: People
    let seal: FactorSeal

    func existing(_ imported: [ImportedPerson]) async throws(ImportError) -> [Int: ExistingName] {
        let names = imported.map(\.name)
        do {
            return try await people.administer("") { try await $0.clashes(names) }.reduce(into: [:]) { found, clash in
                found[clash.key] = clash.value == names[clash.key] ? .same : .otherSpelling(clash.value)
            }
        } catch {
            throw .unavailable(reason: error.message)
        }
    }

    func write(
        _ imported: [ImportedPerson], updatesExisting: Bool, progress: @escaping @Sendable (Int) -> Void
    ) async throws(ImportError) -> ImportOutcome {
        let rows = imported.map(\.row)
        let outcome: BulkOutcome
        do {
            outcome = try await people.administer("the import") { administration in
                try await administration.write(
                    rows, updatesExisting: updatesExisting, now: WallClock.now(), seal: seal, progress: progress)
            }
        } catch {
            throw error.code == ExitStatus.refused
                ? .refused(reason: error.message) : .unavailable(reason: error.message)
        }
        var result = ImportOutcome()
        (result.made, result.unchanged, result.factors) = (outcome.made, outcome.unchanged, outcome.factors)
        result.updated = outcome.updated.map { UpdatedPerson(id: $0.id, endsSessions: $0.endsSessions) }
        (result.groups, result.permissions) = (outcome.alongside.groups, outcome.alongside.permissions)
        return result
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
