import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseLogging
import GatehouseSessions
import GatehouseTestSupport
import GatehouseThrottle
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Testing

@testable import GatehousePortal

/// A portal over a store in memory and a backend that knows one person, with a way to send it requests without a
/// socket.
struct PortalFixture {
    let clock = ManualClock()
    let store: MemoryRecordStore
    let backend = OnePersonBackend()
    /// Every event that was logged.
    let events = EventCounts()
    let log: LogRecord
    let settings: PortalSettings
    let people = PortalPeople()
    let mails = Mails()
    let pauses = Pauses()
    let lookup: LookupKey
    var services: PortalServices
    var portal: Portal

    /// How the portal is reached.
    enum Mode: CaseIterable {
        /// `https://auth.example.com`, one cookie for all of example.com.
        case domain
        /// `https://app.example.com/_gatehouse`, a cookie of this host only.
        case path
        /// `http://localhost:8080/_gatehouse`
        case local
    }

    init(
        _ mode: Mode = .domain, title: String = "Example Ltd", home: String? = nil, contact: String? = nil,
        log: LogRecord = LogRecord()
    )
        throws
    {
        self.log = log
        let clock = clock
        store = MemoryRecordStore { clock.now }
        let url =
            switch mode {
            case .domain: "https://auth.example.com"
            case .path: "https://app.example.com/_gatehouse"
            case .local: "http://localhost:8080/_gatehouse"
            }
        let cookies =
            switch mode {
            case .domain:
                PortalCookies(
                    own: OwnCookies(session: SessionCookieName("__Secure-gatehouse"), isSecure: true),
                    domain: Host("example.com"), isSecure: true)
            case .path:
                PortalCookies(
                    own: OwnCookies(session: SessionCookieName("__Host-gatehouse"), isSecure: true), isSecure: true)
            case .local:
                PortalCookies(
                    own: OwnCookies(session: SessionCookieName("gatehouse-local"), isSecure: false), isSecure: false)
            }
        settings = PortalSettings(
            address: try #require(PortalAddress(url)), title: title,
            contact: contact.flatMap { Contact($0) }, cookies: cookies,
            proxies: TrustedProxies(networks: Network.loopback),
            home: home.flatMap { ReturnAddress(parsing: Array($0.utf8).span) { _ in true } },
            allowsReturn: { ["https://app.example.com", "https://wiki.example.com:8443"].contains($0.description) },
            protects: { ["app.example.com", "wiki.example.com", "localhost"].contains($0.description) })
        lookup = try LookupKey([UInt8](repeating: 7, count: 32))
        let seal = try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 9, count: 32))])
        let keeper = SessionKeeper(store: store, secrets: SessionSecrets(lookup: lookup, seal: seal, prefix: "gh:"))
        let (store, lookup) = (store, lookup)
        let secrets = SessionSecrets(lookup: lookup, seal: seal, prefix: "gh:")
        func records(_ kind: SecretKind) -> SecretRecords { SecretRecords(kind, in: store, secrets: secrets) }
        services = PortalServices(
            keeper: keeper, backends: BackendChain([backend]),
            throttle: Throttle(
                store: store, lookup: lookup, seal: seal, prefix: "gh:", limits: ThrottleLimits(),
                names: UserNameRules { text, form in form == .compatible ? text : text.lowercased() }),
            pending: records(.pending), resets: records(.reset), csrfKey: try lookup.makeCSRFKey(),
            deviceKey: try lookup.makeDeviceKey(), names: .exact)
        services.passwords = people.passwords(backend)
        services.mail = mails.mail(tellsOfNewDevices: false)
        portal = PortalFixture.portal(services, settings, clock, events, log, pauses)
    }

    /// The portal with other services.
    func with(_ change: (inout PortalServices) -> Void) -> PortalFixture {
        var changed = self
        change(&changed.services)
        changed.portal = PortalFixture.portal(changed.services, settings, clock, events, log, pauses)
        return changed
    }

    private static func portal(
        _ services: PortalServices, _ settings: PortalSettings, _ clock: ManualClock, _ events: EventCounts,
        _ log: LogRecord, _ pauses: Pauses
    ) -> Portal {
        Portal(
            settings: settings, services: services, clock: { clock.now }, metrics: PortalMetrics(),
            logger: Logger(label: "test") { _ in CountedLog(log.handler, counts: events) }, pause: { pauses.add($0) })
    }

    var keeper: SessionKeeper { services.keeper }
    var origin: String { settings.address.origin.description }
    var preCookie: String { settings.cookies.preSession.description }
    var sessionCookie: String { settings.cookies.session.description }

    /// Sends a request as the proxy would, which passes on the host without its port.
    func send(
        _ method: HTTPRequest.Method = .get, path: String, _ headers: [(String, String)] = [], body: String = "",
        host: String? = nil, peer: IPAddress? = nil
    ) async throws -> Answer {
        var fields = HTTPFields()
        for (name, value) in headers {
            fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        let head = HTTPRequest(
            method: method, scheme: nil, authority: host ?? settings.address.origin.authority.host.description,
            path: settings.address.prefix + path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        return try await Answer(
            await portal.answer(request, from: PortalContext(peer: peer, isUnixSocket: peer == nil)))
    }

    /// Sends a form as a browser does from a page of the portal.
    func post(
        _ path: String, _ fields: [(String, String)], cookies: [String] = [], headers: [(String, String)]? = nil
    ) async throws -> Answer {
        let body = fields.map { "\(PortalFixture.encoded($0.0))=\(PortalFixture.encoded($0.1))" }.joined(separator: "&")
        var all = headers ?? [("Origin", origin), ("Sec-Fetch-Site", "same-origin")]
        all.append(("Content-Type", "application/x-www-form-urlencoded"))
        if !cookies.isEmpty { all.append(("Cookie", cookies.joined(separator: "; "))) }
        return try await send(.post, path: path, all, body: body)
    }

    /// Opens the form and sends it filled in.
    func signIn(
        name: String = "alice", password: String = "correct horse", rd: String? = nil, isRemembered: Bool = false,
        cookies: [String] = [], headers: [(String, String)] = []
    ) async throws -> Answer {
        let form = try await send(path: "/login?switch=1")
        let pre = try #require(form.cookie(preCookie))
        var fields = [("token", try #require(form.token)), ("name", name), ("password", password)]
        if let rd { fields.append(("rd", rd)) }
        if isRemembered { fields.append(("remember", "1")) }
        return try await post(
            "/login", fields, cookies: cookies + ["\(preCookie)=\(pre)"],
            headers: [("Origin", origin), ("Sec-Fetch-Site", "same-origin")] + headers)
    }

    /// Signs in and returns the `name=value` of the session cookie.
    func session() async throws -> String {
        "\(sessionCookie)=\(try #require(try await signIn().cookie(sessionCookie)))"
    }

    /// Where a browser ends up that follows an answer with the cookies it sets: another page, or what the page leads on to.
    func follow(_ answer: Answer, cookies: [String] = []) async throws -> String? {
        guard let location = answer.location, location.hasPrefix("\(settings.address.prefix)/login/continue") else {
            return answer.location ?? answer.onward
        }
        let page = try await send(
            path: String(location.dropFirst(settings.address.prefix.utf8.count)),
            [("Cookie", (cookies + answer.givenCookies).joined(separator: "; ")), ("Sec-Fetch-Site", "same-origin")])
        return page.location ?? page.onward
    }

    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        ASCII.appendPercentEncoded(text.utf8, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What came back.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let octets = Octets()
        try await response.body.write(octets)
        body = octets.text
    }

    private final class Octets: ResponseBodyWriter {
        private var octets: [UInt8] = []

        var text: String { String(decoding: octets, as: UTF8.self) }
        func write(_ buffer: ByteBuffer) async throws { octets += buffer.readableBytesView }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    func lines(_ name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
    var location: String? { header("Location") }

    /// The whole `Set-Cookie` line of a cookie.
    func setCookie(_ name: String) -> String? { lines("Set-Cookie").first { $0.hasPrefix("\(name)=") } }

    /// The value that a cookie is set to.
    func cookie(_ name: String) -> String? {
        setCookie(name).map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }

    /// The cookies that a browser sends from now on, as `name=value`.
    var givenCookies: [String] {
        lines("Set-Cookie").compactMap { $0.split(separator: ";").first.map(String.init) }.filter {
            !$0.hasSuffix("=")
        }
    }

    /// The place that the page leads on to.
    var onward: String? { value(after: "id=\"onward\" href=\"")?.replacing("&amp;", with: "&") }

    /// The value of the form's hidden token.
    var token: String? { value(after: "name=\"token\" value=\"") }

    func value(after marker: String) -> String? {
        body.range(of: marker).map { String(body[$0.upperBound...].prefix { $0 != "\"" }) }
    }
}

/// A backend that knows alice, and can be told to be busy, gone or hostile.
final class OnePersonBackend: Backend {
    let name: BackendName = "test"
    private struct State {
        var error: BackendError?
        var identity = OnePersonBackend.alice
        var password = Password("correct horse")
        /// How often a password was looked at.
        var questions = 0
        /// What is done with each password before an error is thrown.
        var uses: [PasswordUse] = []
        /// Whether somebody changes the password while the next one is compared.
        var isOvertaken = false
    }

    private let state = Mutex(State())

    var questions: Int { state.withLock { $0.questions } }
    func change(to password: Password) { state.withLock { $0.password = password } }

    static let alice = Identity(
        user: UserReference(backend: "test", id: "1"), name: "alice", displayName: "Alice Ågren",
        email: "alice@example.com", isStaff: true, groups: ["editors", "reports <admins>"])

    func fail(with error: BackendError?) { state.withLock { $0.error = error } }
    func become(_ identity: Identity) { state.withLock { $0.identity = identity } }
    /// What is done with each password from now on, before an error is thrown.
    func use(_ uses: [PasswordUse]) { state.withLock { $0.uses = uses } }
    func beOvertaken() { state.withLock { $0.isOvertaken = true } }

    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        state.withLock { $0.uses }.forEach(credentials.onUse)
        let (error, identity) = state.withLock { state in
            state.questions += 1
            defer {
                if state.isOvertaken { state.identity = state.identity.with(credential: Octets16(high: 7, low: 7)) }
            }
            return (state.error, state.identity)
        }
        if let error { throw error }
        let isRight =
            credentials.password.bytes == state.withLock({ $0.password }).bytes
            && credentials.name.bytes == identity.name.text.bytes
        return isRight ? .authenticated(identity) : .notMine
    }

    func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        let (error, identity) = state.withLock { ($0.error, $0.identity) }
        if let error { throw error }
        return name == identity.name.text ? [identity.credential] : []
    }

    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        let (error, identity) = state.withLock { ($0.error, $0.identity) }
        if let error { throw error }
        return identity
    }
}
