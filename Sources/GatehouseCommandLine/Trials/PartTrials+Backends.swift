internal import GatehouseAssembly
internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
private import GatehousePeople
internal import GatehouseSystem
internal import GatehouseTerminal
internal import Glibc
internal import Logging

/// Where people come from, besides the database.
extension PartTrials.Trial {
    static func backends(_ configuration: Configuration, isOnline: Bool) -> [Self] {
        configuration.backends.filter(\.kind.knowsOwnPeople).map { table in
            Self("backend \(table.name)", within: min(table.timeout, PartTrials.limit) + .seconds(2)) {
                if isOnline, case .ldap(let ldap) = table.kind, LDAPBackend.isAvailable {
                    return await servers(of: ldap, table)
                }
                return [PartReport("backend \(table.name)", await tried(table, configuration, isOnline: isOnline))]
            }
        }
    }

    /// Makes the backend as the daemon does, and then what its kind allows; a kind that says nothing here is asked like any
    /// other place, with `--online` alone, since nobody knows whether it reaches out.
    private static func tried(
        _ table: BackendTable, _ configuration: Configuration, isOnline: Bool
    ) async -> PartReport.Outcome {
        let chain: BackendChain
        do throws(Failure) {
            let people = try People.open(configuration, makesFile: false)
            let quiet = Logger(label: "gatehouse.check") { _ in SwiftLogNoOpLogHandler() }
            // Opens the library or the file that it needs.
            chain = try people.makeChain([table], quiet)
        } catch {
            return .fails(error.message)
        }
        switch table.kind {
        case .file(let file): return .works("\(file.path): can be read")
        case .pam(let pam):
            let path = "\(pam.folder ?? "/etc/pam.d")/\(pam.service)"
            guard Files.exists(path) else {
                return .fails("\(path): there is no such service; PAM would take the service \"other\" in its place")
            }
            return .works("\(path): is there")
        case .command(let command):
            if let reason = Files.refusal(command.path, X_OK) {
                return .fails("\(command.path): cannot be started: \(reason)")
            }
            guard isOnline else { return .leftOut("\(command.path): is there; --online asks it about nobody") }
            return await asked(chain, table, "\(command.path)")
        case .http(let http):
            guard isOnline else { return .leftOut("--online asks \(http.url)") }
            return await asked(chain, table, http.url)
        case .ldap(let ldap): return .leftOut("--online asks \(ldap.urls.joined(separator: " "))")
        default:
            guard isOnline else { return .leftOut("is made; --online asks it about nobody") }
            return await asked(chain, table, "\(table.name)")
        }
    }

    /// Asks about somebody who is nowhere: every answer but that is none.
    private static func asked(_ chain: BackendChain, _ table: BackendTable, _ place: String) async -> PartReport.Outcome
    {
        do throws(BackendError) {
            _ = try await chain.identity(
                of: UserReference(backend: table.name, id: "gatehouse-check"), known: nil)
            return .works("\(place): answers")
        } catch {
            return .fails("\(place): \(error)")
        }
    }

    /// Asks each server of a directory, all at once; where one of them works the others are warnings.
    private static func servers(of ldap: LDAPTable, _ table: BackendTable) async -> [PartReport] {
        let problems = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, url) in ldap.urls.enumerated() {
                group.addTask { (index, await problem(with: url, ldap, table)) }
            }
            var problems = [String?](repeating: nil, count: ldap.urls.count)
            for await (index, problem) in group where problems.indices.contains(index) { problems[index] = problem }
            return problems
        }
        let isUsable = problems.contains { $0 == nil }
        return zip(ldap.urls, problems).map { url, problem in
            let outcome: PartReport.Outcome =
                if let problem {
                    isUsable ? .doubtful("\(url): \(problem)") : .fails("\(url): \(problem)")
                } else {
                    .works("\(url): answers as a sign-in needs")
                }
            return PartReport("backend \(table.name)", outcome)
        }
    }

    /// What is wrong with one server, and what to do about it; `nil` for nothing.
    private static func problem(with url: String, _ ldap: LDAPTable, _ table: BackendTable) async -> String? {
        var settings = LDAPSettings(ldap, timeout: min(table.timeout, PartTrials.limit))
        settings.urls = [url]
        let backend = LDAPBackend(
            name: table.name, settings: settings, pool: WorkerPool(workers: 1, memoryBudgetKiB: 1))
        do throws(BackendError) { return try await backend.tryServers().first?.problem } catch { return "\(error)" }
    }
}
