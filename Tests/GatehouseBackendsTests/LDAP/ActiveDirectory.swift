import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

/// A domain controller of Samba and the settings of the documentation to ask it.
struct ActiveDirectory {
    let server: SambaServer

    static var obstacle: Comment? { SambaServer.obstacle.map { "\($0)" } }

    static func start() async throws -> ActiveDirectory { ActiveDirectory(server: try await SambaServer.shared()) }

    func settings(_ change: (inout LDAPSettings) -> Void = { _ in }) -> LDAPSettings {
        var settings = LDAPSettings(urls: [SambaServer.url], base: SambaServer.people)
        settings.caFile = server.authority
        settings.bindDN = SambaServer.administrator
        settings.bindPassword = Array(SambaServer.administratorPassword.utf8)
        settings.filter = "(&(objectCategory=person)(objectClass=user)(sAMAccountName={name}))"
        settings.attributes.id = "objectGUID"
        settings.attributes.name = "sAMAccountName"
        settings.attributes.displayName = "displayName"
        settings.timeout = .seconds(30)
        change(&settings)
        return settings
    }

    func backend(_ change: (inout LDAPSettings) -> Void = { _ in }) -> LDAPBackend {
        LDAPBackend(settings: settings(change), pool: WorkerPool(workers: 4, memoryBudgetKiB: 1))
    }
}
