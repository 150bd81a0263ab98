import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite(
    "The LDAP backend, with a real Active Directory", .serialized,
    .enabled(if: SambaServer.obstacle == nil, ActiveDirectory.obstacle))
struct ActiveDirectoryTests {
    @Test("searches for the person and binds as them")
    func searches() async throws {
        let directory = try await ActiveDirectory.start()
        try directory.server.addPerson("plain", password: "correct horse")
        let backend = directory.backend()
        try await BackendCheck(backend, name: "plain", password: "correct horse").run()
        let person = try #require(try await backend.ask("plain", "correct horse"))
        #expect(person.name == "plain" && person.displayName == "Plain Example")
        #expect(try await backend.identity(of: person.user, known: nil) == person)
    }
}
