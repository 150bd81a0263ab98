import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

@Suite("A password of somebody whose name a person of a provider has")
struct HeldNameSignInTests {
    @Test("lets nobody in: one name is never two people's")
    func held() async throws {
        let federated = try FederatedPortal(contact: "help@example.com")
        #expect(try await federated.portal.signIn().status == 303)
        federated.accounts.hold("alice")
        let answer = try await federated.portal.signIn()
        #expect(answer.status == 422 && answer.cookie(federated.portal.sessionCookie) == nil)
        #expect(answer.body.contains("has your name here") && answer.body.contains("help@example.com"))
        let line = try #require(federated.portal.log.lines.last { $0.contains("event=sign-in.failed ") })
        #expect(line.contains("reason=name-taken "))
        // Only whoever knows the password is told.
        let wrong = try await federated.portal.signIn(password: "wrong")
        #expect(wrong.status == 422 && !wrong.body.contains("has your name here"))
        federated.accounts.hold(nil)
        #expect(try await federated.portal.signIn().status == 303)
    }

    @Test("is no way in while nobody can say whose the name is")
    func unknown() async throws {
        let federated = try FederatedPortal()
        federated.accounts.fail(with: .unavailable(reason: "gone"))
        let answer = try await federated.portal.signIn()
        #expect(answer.status == 503 && answer.cookie(federated.portal.sessionCookie) == nil)
    }
}
