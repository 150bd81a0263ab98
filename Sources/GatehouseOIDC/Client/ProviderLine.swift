internal import GatehouseCore

/// The way to one provider: every request passes here, within a deadline and past the breaker.
actor ProviderLine {
    /// What is asked for; what a call has in common with all others is added.
    struct Call: Sendable {
        let url: String
        var body: ProviderRequest.Body = .none
        var headers: [(name: String, value: String)] = []
        /// What it is called in an error.
        let name: String
    }

    /// The most octets of an answer.
    static let maxAnswer = 256 << 10

    private let transport: any ProviderTransport
    private let caFile: String?
    private let report: @Sendable (ProviderNotice) -> Void
    private var breaker = Breaker()
    nonisolated let uptime: @Sendable () -> ContinuousClock.Instant

    init(
        _ transport: any ProviderTransport, caFile: String?, uptime: @escaping @Sendable () -> ContinuousClock.Instant,
        report: @escaping @Sendable (ProviderNotice) -> Void
    ) {
        self.transport = transport
        self.caFile = caFile
        self.uptime = uptime
        self.report = report
    }

    /// A deadline for all that is asked from now on.
    nonisolated func deadline(_ limit: Duration = CallDeadline.whole) -> CallDeadline {
        CallDeadline(limit, from: uptime())
    }

    /// Whether nothing is asked at the moment.
    var isHeldBack: Bool { breaker.isOpen(at: uptime()) }

    /// The provider's answer of any status below 500 but a redirect.
    ///
    /// - Throws: `.outage` for no answer, or one that says that the provider cannot; `.misconfigured` for a redirect.
    func answer(to call: Call, by deadline: CallDeadline) async throws(ProviderError) -> ProviderResponse {
        let begin = uptime()
        guard let timeout = deadline.remaining(at: begin) else {
            throw .outage(reason: "\(call.name): the provider took too long for what was asked before")
        }
        guard breaker.admits(at: begin) else {
            throw .outage(reason: "\(call.name): not asked, since the provider gave no answers a moment ago")
        }
        let request = ProviderRequest(
            url: call.url, body: call.body, headers: call.headers, caFile: caFile, timeout: timeout,
            limit: Self.maxAnswer)
        let response: ProviderResponse
        do throws(ProviderTransportError) { response = try await transport.answer(to: request) } catch {
            let reason = "\(call.name): \(error.reason)"
            // Nothing went out, and nothing is known of the provider.
            if error.isOwn { breaker.forget() } else { fail(reason, since: begin) }
            throw .outage(reason: reason)
        }
        guard response.status < 500 else {
            let wait = response.headers["retry-after"].map {
                ", to be asked again after \(SafeText.words($0, limit: .octets(40)))"
            }
            let reason = "\(call.name): the provider answered with \(response.status)\(wait ?? "")"
            fail(reason, since: begin)
            throw .outage(reason: reason)
        }
        report(.called(isAnswered: true, after: uptime() - begin))
        if breaker.succeed() { report(.backAgain) }
        switch response.status {
        case 300...399:
            let target = response.headers["location"].map { " to \(SafeText.quoted($0, limit: .octets(200)))" } ?? ""
            throw .misconfigured(
                reason:
                    "\(call.name): the provider answered with the redirect \(response.status)\(target), and none is followed"
            )
        case 429: throw .outage(reason: "\(call.name): the provider answered with 429: it is asked too often")
        default: return response
        }
    }

    private func fail(_ reason: String, since begin: ContinuousClock.Instant) {
        let now = uptime()
        report(.called(isAnswered: false, after: now - begin))
        if breaker.fail(at: now) { report(.heldBack(reason: reason)) }
    }
}
