import GatehouseCore
import GatehouseOIDC
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

/// What a provider gave and nobody keeps is of use to nobody but a thief.
@Suite("Tokens that no session keeps")
struct GivenBackTests {
    private static let stepUp = "/login?switch=1&within=300&rd=https%3A%2F%2Fapp.example.com%2Fsafe"

    private static func link(_ federated: FederatedPortal, _ session: String) async throws -> FederatedPortal.Away {
        let token = try #require(
            FederatedPortal.secret(session.dropFirst(federated.portal.sessionCookie.count + 1)))
        let form = FormToken(key: federated.portal.services.csrfKey)
        let text = form.text(for: token, .link, of: OnePersonBackend.alice.user)
        return try await federated.start("/oidc/example?link=\(text)", cookies: [session])
    }

    @Test(
        "are given back when somebody does not come in",
        arguments: [
            ExternalArrival.nameTaken("alice"), .nameUnusable, .notLinked, .inactive,
        ])
    func refused(arrival: ExternalArrival) async throws {
        let federated = try FederatedPortal()
        federated.accounts.answer(arrival)
        _ = try await federated.back(try await federated.start())
        #expect(federated.gate.revoked == 1)
    }

    @Test("are given back when a part of the site gives no answer, or the session does not stand")
    func failed() async throws {
        let federated = try FederatedPortal()
        federated.accounts.fail(with: .unavailable(reason: "gone"))
        #expect(try await federated.back(try await federated.start()).status == 503)
        #expect(federated.gate.revoked == 1)
        federated.accounts.fail(with: nil)
        federated.sessions.fail(with: .unavailable(reason: "gone"))
        #expect(try await federated.back(try await federated.start()).status == 503)
        #expect(federated.gate.revoked == 2)
        federated.sessions.fail(with: nil)
        federated.accounts.answer(.person(OnePersonBackend.alice.with(credential: Octets16(high: 1, low: 1))))
        #expect(try await federated.back(try await federated.start()).status == 403)
        #expect(federated.gate.revoked == 3)
    }

    @Test(
        "are given back when they linked an account, or could not",
        arguments: [LinkOutcome.linked, .taken, .noAccount])
    func linked(outcome: LinkOutcome) async throws {
        let federated = try FederatedPortal()
        federated.accounts.answer(outcome)
        let session = try await federated.portal.session()
        _ = try await federated.back(try await Self.link(federated, session), cookies: [session])
        #expect(federated.gate.revoked == 1)
    }

    @Test("are given back when they prove that somebody else came, and never those of a session that goes on")
    func proofs() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        #expect(federated.gate.revoked == 0)
        func prove(_ signIn: ProviderSignIn) async throws -> Answer {
            let answer = try await federated.portal.send(
                path: Self.stepUp,
                [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "document"), ("Cookie", session)])
            federated.gate.become(signIn)
            return try await federated.back(try federated.away(answer), cookies: [session])
        }
        let provider = federated.gate.provider
        // The same person's may be of one grant with those of the session, which would be over with them.
        #expect(try await prove(.alice(at: provider, authenticatedAt: nil)).status == 403)
        #expect(federated.gate.revoked == 0)
        #expect(try await prove(.alice(at: provider, subject: "sub-2")).status == 403)
        #expect(federated.gate.revoked == 1)
        let now = federated.portal.clock.now
        // Nor where something here gives no answer: the session goes on.
        federated.accounts.fail(with: .unavailable(reason: "gone"))
        #expect(try await prove(.alice(at: provider, authenticatedAt: now)).status == 503)
        #expect(federated.gate.revoked == 1)
        federated.accounts.fail(with: nil)
        #expect(try await prove(.alice(at: provider, authenticatedAt: now)).status == 303)
        #expect(federated.gate.revoked == 1)
    }

    @Test("are none where the provider itself says no")
    func none() async throws {
        let federated = try FederatedPortal()
        let away = try await federated.start()
        federated.gate.fail(with: .refused(ProviderRefusal(.nonce, "of another sign-in")))
        #expect(try await federated.back(away).status == 403)
        #expect(federated.gate.revoked == 0)
    }
}
