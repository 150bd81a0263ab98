internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import Logging
internal import Glibc

/// Where people come from, besides the database.
extension PartTrials.Trial {
    static func backends(_ configuration: Configuration, isOnline: Bool) -> [Self] {
        configuration.backends.compactMap { table in
            switch table.kind {
            case .database, .remoteHeader: nil
            case .file, .http, .command, .ldap, .pam:
                Self("backend \(table.name)", within: min(table.timeout, PartTrials.limit) + .seconds(2)) {
                    [PartReport("backend \(table.name)", await tried(table, configuration, isOnline: isOnline))]
                }
            }
        }
    }

    private static func tried(
        _ table: BackendTable, _ configuration: Configuration, isOnline: Bool
    ) async -> PartReport.Outcome {
        let chain: BackendChain
        do throws(Failure) {
            let people = try await People.open(configuration, makesFile: false)
            let quiet = Logger(label: "gatehouse.check") { _ in SwiftLogNoOpLogHandler() }
            // Opens the library or the file that it needs.
            chain = try people.makeChain([table], quiet)
        } catch {
            return .fails(error.message)
        }
        switch table.kind {
        case .database, .remoteHeader: return .works("")
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
        case .ldap(let ldap):
            let servers = ldap.urls.joined(separator: " ")
            guard isOnline else { return .leftOut("--online asks \(servers)") }
            return await signedIn(chain, servers)
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

    /// Looks for somebody who is nowhere; whoever may search has to have signed in for that.
    private static func signedIn(_ chain: BackendChain, _ place: String) async -> PartReport.Outcome {
        guard let octets = try? SystemRandom.octets(9) else { return .fails("the system gave no random octets") }
        let name = "gatehouse-check-" + String(decoding: Base64URL.encode(octets), as: UTF8.self)
        do throws(BackendError) {
            _ = try await chain.authenticate(
                Credentials(name: UTF8Text(name), password: Password(Base64URL.encode(octets))))
            return .works("\(place): answers, and people can be looked for")
        } catch {
            return .fails("\(place): \(error)")
        }
    }
}
