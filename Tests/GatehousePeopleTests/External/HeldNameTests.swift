import GatehouseCore
import GatehouseOIDC
import GatehousePeople
import GatehouseTestSupport
import Testing

@Suite("The name of somebody of a provider who has no account")
struct HeldNameTests {
    private typealias Fixture = ExternalFixture

    private func somebody(_ name: UserName, of backend: BackendName, id: UTF8Text = "7") -> Identity {
        Identity(user: UserReference(backend: backend, id: id), name: name)
    }

    @Test("is nobody else's, whatever backend says yes, until it is free")
    func held() async throws {
        let fixture = try await Fixture()
        let ada = try #require(try await fixture.arrive(Fixture.signIn("1", "Ada"), Fixture.rules(.none)).identity)
        for name: UserName in ["Ada", "ada", "ADA"] {
            #expect(try await fixture.external.isHeldElsewhere(somebody(name, of: "directory")))
        }
        // Somebody else of the same provider, too.
        #expect(try await fixture.external.isHeldElsewhere(somebody("ada", of: "example")))
        #expect(try await !fixture.external.isHeldElsewhere(ada), "who has it")
        #expect(try await !fixture.external.isHeldElsewhere(somebody("adam", of: "directory")))
        let identities = try await fixture.fixture.people.identities(fixture.fixture.door, takesPasswords: true)
        _ = try await identities.unlink(issuer: "https://id.example", subject: "1", from: "ada")
        #expect(try await !fixture.external.isHeldElsewhere(somebody("ada", of: "directory")))
    }

    @Test("is an account's where the person of the provider has that account")
    func account() async throws {
        let fixture = try await Fixture()
        let ada = try #require(try await fixture.arrive(Fixture.signIn("1", "ada"), Fixture.rules(.create)).identity)
        #expect(try await !fixture.external.isHeldElsewhere(ada))
        #expect(try await !fixture.external.isHeldElsewhere(somebody("ada", of: "directory")))
    }
}
