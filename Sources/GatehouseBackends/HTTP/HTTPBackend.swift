package import GatehouseCore
private import GatehouseCrypto
internal import GatehouseOutbound
package import GatehouseSystem

/// Asks an HTTP server about people; the protocol is that of `ExternalQuestion` and `ExternalAnswer`.
package struct HTTPBackend: Backend {
    package let name: BackendName
    private let settings: HTTPBackendSettings
    private let pool: WorkerPool

    /// `pool` is where threads wait for the server.
    package init(name: BackendName, settings: HTTPBackendSettings, pool: WorkerPool) {
        self.name = name
        self.settings = settings
        self.pool = pool
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        guard let question = ExternalQuestion.authenticate(credentials) else { return .notMine }
        return try await ask(question, for: credentials.flow, credentials.onUse).authenticationResult
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        return try await ask(ExternalQuestion.identity(user.id)).identity(of: user, known: known)
    }

    private func ask(
        _ question: [UInt8], for flow: Flow = .own, _ onUse: @escaping @Sendable (PasswordUse) -> Void = { _ in }
    ) async throws(BackendError) -> ExternalAnswer {
        var headers = [(name: "Content-Type", value: "application/json"), (name: "Accept", value: "application/json")]
        if let secret = settings.secret { headers.append((name: "Authorization", value: "Bearer \(secret)")) }
        if let trace = RequestTrace.current { headers += HTTPBackend.lines(of: trace) }
        let post = HTTPPost(
            url: settings.url, headers: headers, body: question, caFile: settings.caFile, timeout: settings.timeout)
        let result: Result<HTTPAnswer, OutboundError> = try await pool.run(memoryKiB: 0, for: flow) {
            onUse(.compared)
            do throws(OutboundError) { return .success(try Outbound.post(post)) } catch { return .failure(error) }
        }
        let answer: HTTPAnswer
        switch result {
        case .success(let given): answer = given
        case .failure(let error):
            if !error.wasSent { onUse(.untouched) }
            throw .unavailable(reason: error.reason)
        }
        // The server, or a proxy before it, says itself that it has nobody to ask (RFC 9110, section 15.6.4).
        if answer.status == 503 { onUse(.untouched) }
        guard answer.status == 200 else { throw .unavailable(reason: "the server answered with \(answer.status)") }
        let type = Array(answer.contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 })
        guard type.span.equalsIgnoringCase("application/json") else {
            throw .unavailable(reason: "the server's answer is not application/json")
        }
        return try ExternalAnswer(parsing: answer.body, backend: name, grantsFlags: settings.grantsFlags)
    }

    /// What the server is told of the trace: the span of this question, or where none is recorded an id of its own.
    private static func lines(of trace: RequestTrace) -> [(name: String, value: String)] {
        var context = trace.context
        if trace.tracer == nil {
            guard let octets = try? SystemRandom.octets(8) else { return [] }
            context = context.with(SpanID(max(octets.reduce(0) { $0 << 8 | UInt64($1) }, 1)))
        }
        let state = trace.state.map { [(name: "tracestate", value: $0.text)] } ?? []
        return [(name: "traceparent", value: context.header)] + state
    }
}

/// Which server is asked about people.
package struct HTTPBackendSettings: Sendable {
    package let url: String
    /// What the server knows us by; `nil` for none.
    package let secret: String?
    package let caFile: String?
    package let timeout: Duration
    /// Whether the server may make people staff and superusers.
    package let grantsFlags: Bool

    package init(url: String, secret: String?, caFile: String?, timeout: Duration, grantsFlags: Bool) {
        self.url = url
        self.secret = secret
        self.caFile = caFile
        self.timeout = timeout
        self.grantsFlags = grantsFlags
    }
}
