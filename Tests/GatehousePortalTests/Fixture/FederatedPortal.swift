import GatehouseCore
import GatehouseCrypto
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Testing

@testable import GatehousePortal

/// A portal with providers, and a browser that goes to them and comes back.
struct FederatedPortal {
    let portal: PortalFixture
    let gates: [FakeGate]
    /// Asked unless others were given.
    let accounts = FakeAccounts()
    let sessions: FakeFederationSessions
    let starts: SingleUseStore<ProviderStart>

    var gate: FakeGate { gates[0] }

    init(
        _ mode: PortalFixture.Mode = .domain, providers: [Provider] = [.fake()],
        accounts others: (any ExternalAccounts)? = nil, takesPasswords: Bool = true, contact: String? = nil,
        _ change: (inout PortalServices) -> Void = { _ in }
    ) throws {
        let base = try PortalFixture(mode, contact: contact)
        gates = providers.map { FakeGate($0) }
        sessions = FakeFederationSessions(base.keeper)
        let seal = try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 9, count: 32))])
        let secrets = SessionSecrets(lookup: base.lookup, seal: seal, prefix: "gh:")
        starts = SingleUseStore(.provider, in: base.store, secrets: secrets)
        let federation = Federation(
            gates: gates, accounts: others ?? accounts, sessions: sessions, starts: starts,
            messages: SingleUseStore(.providerMessage, in: base.store, secrets: secrets),
            takesPasswords: takesPasswords)
        portal = base.with {
            $0.federation = federation
            change(&$0)
        }
    }

    /// A browser that was sent to the provider.
    struct Away {
        let answer: Answer
        let state: SecretToken
        /// `name=value` of the cookie that the flow is bound to; empty where it is bound to a session.
        let cookie: String
    }

    /// Follows a link of the sign-in page.
    func start(
        _ path: String = "/oidc/example", cookies: [String] = [],
        headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) async throws -> Away {
        let cookie = cookies.isEmpty ? [] : [("Cookie", cookies.joined(separator: "; "))]
        return try away(try await portal.send(path: path, headers + cookie))
    }

    func away(_ answer: Answer) throws -> Away {
        let location = try #require(answer.location)
        let marker = try #require(location.firstRange(of: "state="))
        let state = try #require(FederatedPortal.secret(location[marker.upperBound...]))
        let cookie = answer.cookie(portal.preCookie).map { "\(portal.preCookie)=\($0)" } ?? ""
        return Away(answer: answer, state: state, cookie: cookie)
    }

    /// Comes back with a query.
    func back(_ query: String, cookies: [String], to name: String = "example") async throws -> Answer {
        let shown = cookies.filter { !$0.isEmpty }.joined(separator: "; ")
        return try await portal.send(
            path: "/oidc/\(name)/callback?\(query)",
            [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document")]
                + (shown.isEmpty ? [] : [("Cookie", shown)]))
    }

    /// Comes back as the provider sends somebody who signed in there.
    func back(_ away: Away, cookies: [String] = [], more: String = "") async throws -> Answer {
        try await back(
            "code=\(gate.code(for: away.state))&state=\(away.state.text)\(more)", cookies: cookies + [away.cookie])
    }

    /// The `name=value` of a session's cookie.
    func session(_ answer: Answer) throws -> String {
        "\(portal.sessionCookie)=\(try #require(answer.cookie(portal.sessionCookie)))"
    }

    /// Signs in at the provider; the `name=value` of the session's cookie.
    func signIn() async throws -> String { try session(try await back(try await start())) }

    /// The session behind such a cookie.
    func signedIn(_ cookie: String) async throws -> SignedIn? {
        let token = try #require(FederatedPortal.secret(cookie.dropFirst(portal.sessionCookie.count + 1)))
        return try await portal.keeper.signedIn(with: token, now: portal.clock.now)
    }

    /// The secret of a cookie's value, or of an address.
    static func secret(_ text: some StringProtocol) -> SecretToken? { SecretToken(parsing: Array(text.utf8).span) }

    /// Whether a page tells of what was refused for this reason, and let nobody in.
    func expectRefused(
        _ answer: Answer, _ status: Int, _ reason: String, location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, sourceLocation: location)
        #expect(answer.cookie(portal.sessionCookie) == nil, sourceLocation: location)
        #expect(answer.header("Referrer-Policy") == "no-referrer", sourceLocation: location)
        #expect(answer.header("Cache-Control") == "no-store", sourceLocation: location)
        let lines = portal.log.lines.filter {
            $0.contains("event=sign-in.failed ") && $0.contains("reason=\(reason) ") && $0.contains("provider=example ")
        }
        #expect(lines.count == 1, "\(reason): \(portal.log.text)", sourceLocation: location)
        #expect(portal.events[.signedIn] == 0, sourceLocation: location)
    }
}
