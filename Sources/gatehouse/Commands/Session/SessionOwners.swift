internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseSessions

/// Whose sessions a command is about.
struct OwnerOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The backend of somebody who is not in the database, as log lines name it; NAME may then be the id, too.")
    var backend: String?
}

/// Who a name means that somebody typed.
struct SessionOwners {
    let people: People
    let configuration: Configuration

    /// The people of a name: those of the database, or with a backend those who signed in by it under that name, or with that id.
    ///
    /// Nobody but the database and the store of sessions is asked, so that it works while a directory is away.
    ///
    /// - Throws: `Failure.refused` if there is nobody, with what may help.
    func named(_ name: String, of backend: String?, in sessions: LiveSessions) async throws(Failure) -> [UserReference]
    {
        guard let backend, BackendName(backend) != People.backendName else {
            try await people.requireTables()
            do throws(Failure) { return [try await people.reference(name)] } catch {
                guard error.code == ExitStatus.refused else { throw error }
                throw .refused(error.message + (try await elsewhere(name, in: sessions)))
            }
        }
        let found = try await SessionOwners.signedIn(name, BackendName(backend), in: sessions)
        guard found.isEmpty else { return found }
        throw .refused(missing(name, backend))
    }

    private static func signedIn(
        _ name: String, _ backend: BackendName, in sessions: LiveSessions
    ) async throws(Failure) -> [UserReference] {
        do throws(SessionError) {
            let id = UserReference(backend: backend, id: UTF8Text(name))
            let byID = try await sessions.keeper.person(id) == nil ? [] : [id]
            let found = try await sessions.keeper.people(named: UTF8Text(name), of: backend)
            // Where letter case tells people apart, only the one is meant whose name was typed.
            let exact = found.filter { $0.name == UserName(name) }
            return byID + (exact.isEmpty ? found : exact).map(\.user).filter { $0 != id }
        } catch {
            throw .unknown("sessions.store: \(error.reason)")
        }
    }

    /// A clause that says by which other backends somebody of the name is signed in; empty if by none.
    func elsewhere(_ name: String, in sessions: LiveSessions) async throws(Failure) -> String {
        var backends: [String] = []
        for backend in configuration.otherBackends
        where try await !SessionOwners.signedIn(name, backend, in: sessions).isEmpty {
            backends.append("--backend \(backend)")
        }
        return backends.isEmpty
            ? "" : "; somebody of that name signed in by another backend: say \(backends.joined(separator: " or "))"
    }

    private func missing(_ name: String, _ backend: String) -> String {
        let others = configuration.otherBackends.map(\.description)
        let known = others.contains(backend)
        let hint =
            known || others.isEmpty
            ? "names are those of Remote-User, ids those of user_id in the log; `gatehouse session list` shows who is signed in"
            : "backends of the configuration: \(others.joined(separator: ", "))"
        return "\(shown(name)): nobody of this name or id signed in by \(shown(backend)); \(hint)"
    }
}
