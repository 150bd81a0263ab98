internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
private import GatehousePeople
internal import GatehouseTerminal

/// The database of people.
extension PartTrials.Trial {
    static func people(_ configuration: Configuration) -> Self {
        // Its servers are asked one after another; each has a limit of its own, as in the daemon.
        Self("database.url", within: PartTrials.limit + .seconds(5)) { [await tried(configuration)] }
    }

    private static func tried(_ configuration: Configuration) async -> PartReport {
        let part = "database.url"
        if case .sqlite(let path) = configuration.database.location {
            if let problem = Files.problem(withDatabase: path) { return PartReport(part, .fails(problem)) }
            guard Files.exists(path) else {
                let data = try? DataFolder(ConfigurationOptions.environment())
                if data?.holdsDatabase(of: configuration) == true {
                    return PartReport(part, .works("\(path): is made at the start"))
                }
                return PartReport(part, .fails("\(path): there is no such file yet; run `gatehouse migrate`"))
            }
        }
        do throws(Failure) {
            let people = try People.open(configuration, isPatient: false, makesFile: false)
            let report: PartReport
            do throws(PeopleError) { report = try await judged(people.tables) } catch {
                let reason = Failure(error).message
                report = PartReport(keyToBlame(reason, configuration) ?? part, .fails(reason))
            }
            await people.close()
            return report
        } catch {
            return PartReport(part, .fails(error.message))
        }
    }

    private static func judged(_ tables: PeopleTables) async throws(PeopleError) -> PartReport {
        try await tables.require()
        let problems = try await tables.tryOut()
        guard problems.isEmpty else {
            return PartReport("database.url", .fails("\(tables.place): \(problems.joined(separator: "; "))"))
        }
        let depth = tables.writesPasswords ? "can be read and written" : "can be read"
        return PartReport("database.url", .works("\(tables.place): the tables are up to date and \(depth)"))
    }

    /// The key of a password that is wrong or missing, by libpq's words; the server says no more than that either.
    private static func keyToBlame(_ reason: String, _ configuration: Configuration) -> String? {
        guard case .postgreSQL(_, let password, _) = configuration.database.location else { return nil }
        let isWrong = reason.contains("password authentication failed")
        return isWrong && password != nil || reason.contains("no password supplied") ? "database.password" : nil
    }
}
