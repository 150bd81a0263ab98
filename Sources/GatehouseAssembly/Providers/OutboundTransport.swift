internal import GatehouseCore
package import GatehouseOIDC
package import GatehouseOutbound
internal import GatehouseSystem

/// The network to one provider, by libcurl on two threads of its own: a provider that hangs holds nobody but those who ask it.
package struct OutboundTransport: ProviderTransport {
    /// Until there is a connection, encryption included.
    private static let connect = Duration.seconds(2)

    private let proxy: HTTPProxy?
    private let pool: WorkerPool

    /// - Parameter proxy: what the provider is reached through; the environment's is never used.
    package init(proxy: HTTPProxy? = nil) {
        self.proxy = proxy
        pool = WorkerPool(workers: 2, memoryBudgetKiB: 1, queueLimit: 64, maxWait: .seconds(5))
    }

    /// Asks within the request's time, in which waiting for a thread counts.
    package func answer(to request: ProviderRequest) async throws(ProviderTransportError) -> ProviderResponse {
        let begin = ContinuousClock.now
        let method: HTTPCall.Method
        var headers = request.headers
        switch request.body {
        case .none: method = .get
        case .form(let octets):
            method = .post(octets)
            headers.append((name: "Content-Type", value: "application/x-www-form-urlencoded"))
        }
        let proxy = proxy
        let ask: @Sendable () -> Result<HTTPAnswer, OutboundError>? = { [headers] in
            let remaining = request.timeout - (ContinuousClock.now - begin)
            guard remaining > .zero else { return nil }
            let call = HTTPCall(
                method, url: request.url, headers: headers, caFile: request.caFile,
                limits: HTTPLimits(
                    connect: min(Self.connect, remaining), total: remaining, answer: request.limit),
                proxy: proxy)
            do throws(OutboundError) { return .success(try Outbound.answer(to: call)) } catch {
                return .failure(error)
            }
        }
        let result: Result<HTTPAnswer, OutboundError>?
        do throws(BackendError) { result = try await pool.run(memoryKiB: 0, ask) } catch {
            throw ProviderTransportError(reason: "too many requests to the provider wait", wasSent: false, isOwn: true)
        }
        switch result {
        case nil:
            throw ProviderTransportError(reason: "no thread was free in time", wasSent: false, isOwn: true)
        case .success(let answer):
            return ProviderResponse(
                status: answer.status, contentType: answer.contentType, headers: answer.headers, body: answer.body)
        case .failure(let error): throw ProviderTransportError(reason: error.reason, wasSent: error.wasSent)
        }
    }
}
