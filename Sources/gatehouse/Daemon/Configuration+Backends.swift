internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase

extension [BackendTable] {
    /// The backends in their order, each held to its time.
    ///
    /// - Throws: `Failure.usage` if one cannot be used as it is configured.
    func makeBackends(
        database: DatabaseBackend, store: DjangoUserStore, hashers: PasswordHashers, pool: WorkerPool
    ) throws(Failure) -> [any Backend] {
        var backends: [any Backend] = []
        for table in self {
            switch table.kind {
            case .database: backends.append(database)
            case .remoteHeader: continue
            }
        }
        return backends
    }
}
