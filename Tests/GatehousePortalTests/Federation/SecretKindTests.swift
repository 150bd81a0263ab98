import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

/// Each secret is of use in its own place alone: every other one is tried there.
@Suite("A secret in the place of another one")
struct SecretKindTests {
    enum Kind: String, CaseIterable {
        case state, session, browser, pending, reset, link, form, logout, device
    }

    /// A portal with one secret of each kind, none of them used.
    private struct Rig {
        let federated: FederatedPortal
        var secrets: [Kind: String] = [:]
        let session: String
        let pre: String

        init(mustChange: Bool) async throws {
            federated = try FederatedPortal()
            let portal = federated.portal
            let away = try await federated.start()
            let signedIn = try await portal.signIn()
            let token = try #require(signedIn.cookie(portal.sessionCookie))
            session = "\(portal.sessionCookie)=\(token)"
            pre = away.cookie
            if mustChange { portal.people.update(mustChange: true) }
            let account = portal.people.account
            let content = SecretContent(
                user: UserReference(backend: portal.backend.name, id: account.id), name: account.name,
                state: try account.linkDigest, endsAt: portal.clock.now.advanced(by: .seconds(600)))
            let form = FormToken(key: portal.services.csrfKey)
            let own = try #require(FederatedPortal.secret(token))
            let device = try #require(signedIn.cookie(portal.settings.cookies.device.description))
            federated.gate.tell(
                LogoutNotice(
                    issuer: UTF8Text(federated.gate.provider.issuer), subject: "sub-1", session: nil, id: "jti",
                    expiresAt: portal.clock.now.advanced(by: .seconds(120))))
            secrets = [
                .state: away.state.text, .session: token,
                .browser: String(away.cookie.dropFirst(portal.preCookie.count + 1)),
                .pending: try await portal.services.secrets.pending.make(content, now: portal.clock.now).text,
                .reset: try await portal.services.secrets.resets.make(content, now: portal.clock.now).text,
                .link: form.text(for: own, .link, of: OnePersonBackend.alice.user),
                .form: form.text(for: own, .account, of: OnePersonBackend.alice.user),
                // The fake provider's message.
                .logout: "good", .device: device,
            ]
        }

        /// Whether a secret does in the place of a kind what that kind is for.
        func opens(_ place: Kind, _ secret: String) async throws -> Bool {
            let portal = federated.portal
            switch place {
            case .state:
                // Asked of the provider: it was found.
                let before = federated.gate.questions.count
                _ = try await federated.back("code=x&state=\(secret)", cookies: [pre])
                return federated.gate.questions.count > before
            case .session:
                let page = try await portal.send(path: "/account", [("Cookie", "\(portal.sessionCookie)=\(secret)")])
                return page.status == 200
            case .pending, .reset:
                if place == .reset, try await portal.send(path: "/reset?token=\(secret)").status == 303 { return true }
                let (path, name) =
                    place == .pending
                    ? ("/login/password", portal.settings.cookies.pending)
                    : ("/reset/password", portal.settings.cookies.reset)
                let page = try await portal.send(path: path, [("Cookie", "\(name)=\(secret)")])
                return page.body.contains("name=\"password\"")
            case .link:
                let before = federated.gate.wishes.count
                _ = try await portal.send(
                    path: "/oidc/example?link=\(secret)", [("Sec-Fetch-Site", "same-origin"), ("Cookie", session)])
                return federated.gate.wishes.count > before
            case .logout:
                let answer = try await portal.post(
                    "/oidc/example/backchannel-logout", [("logout_token", secret)], headers: [])
                return answer.status == 200
            case .browser, .form, .device: return false
            }
        }
    }

    @Test("opens nothing, and its own place once", arguments: [Kind.state, .session, .pending, .reset, .link, .logout])
    func pairs(place: Kind) async throws {
        let rig = try await Rig(mustChange: place == .pending)
        for kind in Kind.allCases where kind != place {
            let secret = try #require(rig.secrets[kind])
            #expect(try await !rig.opens(place, secret), "\(kind.rawValue) in the place of \(place.rawValue)")
        }
        let own = try #require(rig.secrets[place])
        #expect(try await rig.opens(place, own), "\(place.rawValue) in its own place")
    }
}
