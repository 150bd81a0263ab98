import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("A provider's message that somebody signed out there")
struct ProviderSignOutMessageTests {
    private static func notice(
        _ id: UTF8Text = "jti-1", subject: UTF8Text? = "sub-1", session: UTF8Text? = nil
    ) -> LogoutNotice {
        LogoutNotice(
            issuer: "https://example.idp.example", subject: subject, session: session, id: id,
            expiresAt: Timestamp(milliseconds: 1_750_000_120_000))
    }

    private static func send(
        _ federated: FederatedPortal, token: String = "good", headers: [(String, String)] = []
    ) async throws -> Answer {
        try await federated.portal.post(
            "/oidc/example/backchannel-logout", [("logout_token", token)], headers: headers)
    }

    @Test(
        "ends the sessions, without a cookie or an origin",
        arguments: [notice(), notice(subject: nil, session: "sid-1")])
    func ends(notice: LogoutNotice) async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        federated.gate.tell(notice)
        let answer = try await Self.send(federated)
        #expect(answer.status == 200 && answer.header("Cache-Control") == "no-store" && answer.body.isEmpty)
        #expect(try await federated.signedIn(session) == nil)
        let line = try #require(federated.portal.log.lines.first { $0.contains("event=session.ended ") })
        #expect(line.contains("reason=provider ") && line.contains("user=alice ") && line.contains("provider=example "))
    }

    @Test("is answered alike whether a session was there or not, and takes no session away otherwise")
    func nobody() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        federated.gate.tell(Self.notice(subject: "sub-2"))
        #expect(try await Self.send(federated).status == 200)
        #expect(try await federated.signedIn(session) != nil)
    }

    @Test("is taken once")
    func replay() async throws {
        let federated = try FederatedPortal()
        federated.gate.tell(Self.notice())
        #expect(try await Self.send(federated).status == 200)
        let session = try await federated.signIn()
        let again = try await Self.send(federated)
        #expect(again.status == 400 && again.header("Cache-Control") == "no-store")
        #expect(try await federated.signedIn(session) != nil)
        #expect(federated.portal.log.text.contains("reason=oidc.replay "))
        federated.gate.tell(Self.notice("jti-2"))
        #expect(try await Self.send(federated).status == 200)
        // Nor after its time.
        federated.portal.clock.advance(by: .seconds(120))
        federated.gate.tell(Self.notice("jti-3"))
        #expect(try await Self.send(federated).status == 400)
        #expect(!federated.portal.store.dump.keys.contains { $0.description.contains("jti") })
    }

    @Test("is refused with a reason in the log for anything wrong")
    func wrong() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        federated.gate.tell(Self.notice())
        for (token, reason) in [
            ("bad", "oidc.signature"), ("", "oidc.form"), (String(repeating: "a", count: 8_200), "oidc.form"),
        ] {
            let answer = try await Self.send(federated, token: token)
            #expect(answer.status == 400 && answer.header("Cache-Control") == "no-store")
            #expect(federated.portal.log.text.contains("reason=\(reason) "), "\(reason)")
        }
        let path = "/oidc/example/backchannel-logout"
        let json = try await federated.portal.send(
            .post, path: path, [("Content-Type", "application/json")], body: #"{"logout_token":"good"}"#)
        #expect(json.status == 400)
        let twice = try await federated.portal.post(
            path, [("logout_token", "good"), ("logout_token", "good")], headers: [])
        #expect(twice.status == 400)
        federated.gate.fail(with: .outage(reason: "no keys"))
        #expect(try await Self.send(federated).status == 400)
        #expect(try await federated.signedIn(session) != nil)
        #expect(!federated.portal.log.text.contains("logout_token=") && !federated.portal.log.text.contains("aaaaaaaa"))
    }

    @Test("comes again if the sessions could not be ended")
    func unavailable() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        federated.gate.tell(Self.notice())
        federated.sessions.fail(with: .unavailable(reason: "gone"))
        #expect(try await Self.send(federated).status == 400)
        federated.sessions.fail(with: nil)
        #expect(try await Self.send(federated).status == 200)
        #expect(try await federated.signedIn(session) == nil)
        federated.portal.store.isAvailable = false
        #expect(try await Self.send(federated).status == 400)
    }

    @Test("is looked at sixty times a minute from one place, before any signature")
    func throttled() async throws {
        let federated = try FederatedPortal()
        let headers = [("X-Forwarded-For", "192.0.2.7")]
        for _ in 0..<60 { #expect(try await Self.send(federated, token: "bad", headers: headers).status == 400) }
        federated.gate.tell(Self.notice())
        let answer = try await Self.send(federated, headers: headers)
        #expect(answer.status == 429 && answer.header("Retry-After") != nil)
        let other = [("X-Forwarded-For", "192.0.2.8")]
        #expect(try await Self.send(federated, headers: other).status == 200)
    }

    @Test("is none of another kind: neither a state nor a session's secret")
    func kinds() async throws {
        let federated = try FederatedPortal()
        let session = try await federated.signIn()
        let away = try await federated.start()
        federated.gate.tell(Self.notice())
        let secret = String(session.dropFirst(federated.portal.sessionCookie.count + 1))
        for token in [away.state.text, secret] {
            #expect(try await Self.send(federated, token: token).status == 400)
        }
        #expect(try await federated.back("code=x&state=good", cookies: [away.cookie]).status == 403)
        #expect(try await federated.signedIn(session) != nil)
    }

    @Test("takes access away also while nothing can be written down")
    func recording() async throws {
        let federated = try FederatedPortal { $0.isRecording = { false } }
        federated.gate.tell(Self.notice())
        #expect(try await Self.send(federated).status == 200)
    }
}
