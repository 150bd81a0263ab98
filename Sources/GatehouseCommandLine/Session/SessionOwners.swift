internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehousePeople
internal import GatehouseTerminal

/// Whose sessions a command is about.
struct OwnerOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The backend of somebody who is not in the database, as log lines name it; NAME may then be the id, too.")
    var backend: String?

    var name: BackendName? { backend.map { BackendName($0) } }
}

extension ConfigurationOptions {
    /// The handle for sessions, and the configuration that it stands in.
    func sessions() throws(Failure) -> (SessionAdministrator, Configuration) {
        let configuration = try load()
        let people = try People.open(configuration)
        return (people.sessions(configuration.sessionDoor, others: configuration.otherBackends), configuration)
    }
}
