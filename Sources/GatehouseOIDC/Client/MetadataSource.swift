internal import GatehouseCore
internal import GatehouseFormats
internal import GatehouseCrypto
internal import GatehouseSystem

/// A provider's metadata for whoever asks: fetched when it is first needed, refreshed behind everybody's back.
actor MetadataSource {
    private let provider: Provider
    private let line: ProviderLine
    private let report: @Sendable (ProviderNotice) -> Void
    private let flight = SingleFlight<Result<ProviderMetadata, ProviderError>>()
    private var cache = MetadataCache()
    /// For a provider that has none.
    private let given: ProviderMetadata?

    init(_ provider: Provider, line: ProviderLine, report: @escaping @Sendable (ProviderNotice) -> Void) {
        self.provider = provider
        self.line = line
        self.report = report
        given = ProviderMetadata(given: provider)
    }

    /// - Throws: `.outage` or `.misconfigured` if there never was a good one.
    func metadata(by deadline: CallDeadline) async throws(ProviderError) -> ProviderMetadata {
        if let given { return given }
        switch cache.step(at: line.uptime()) {
        case .use(let metadata): return metadata
        case .useAndRefresh(let metadata):
            // Ends by itself: a call has its own limit.
            Task { await self.refresh() }
            return metadata
        case .fetch:
            guard let remaining = deadline.remaining(at: line.uptime()) else {
                throw .outage(reason: "the provider's metadata: no time is left for it")
            }
            let late = ProviderError.outage(reason: "the provider's metadata: no answer in time")
            return try await within(remaining, else: .failure(late)) { await self.fetched() }.get()
        }
    }

    /// What is at hand; nothing is fetched.
    var current: ProviderMetadata? {
        if let given { return given }
        return switch cache.step(at: line.uptime()) {
        case .use(let metadata), .useAndRefresh(let metadata): metadata
        case .fetch: nil
        }
    }

    /// When there is something to do next; `nil` for now.
    var next: ContinuousClock.Instant? {
        given == nil ? cache.next : line.uptime().advanced(by: MetadataCache.lifetime)
    }

    /// Fetches it anew if it is time.
    func refresh() async {
        guard given == nil else { return }
        if case .use = cache.step(at: line.uptime()) { return }
        _ = await fetched()
    }

    private func fetched() async -> Result<ProviderMetadata, ProviderError> {
        await flight.outcome { await self.fetch() }
    }

    private func fetch() async -> Result<ProviderMetadata, ProviderError> {
        do throws(ProviderError) {
            let reading = try await MetadataSource.reading(of: provider, over: line)
            guard let metadata = reading.metadata else {
                throw .misconfigured(
                    reason: reading.findings.first(where: \.preventsSignIn)?.description
                        ?? "the provider's metadata is not usable")
            }
            let jitter = (try? SystemRandom.octets(1).first) ?? 128
            cache.take(metadata, at: line.uptime(), jitter: jitter)
            return .success(metadata)
        } catch {
            if case .fetch = cache.step(at: line.uptime()) {
            } else {
                report(.kept(what: .metadata, reason: error.description))
            }
            cache.fail(at: line.uptime())
            return .failure(error)
        }
    }

    /// Fetches a provider's document, and says what is to be said of it.
    static func reading(of provider: Provider, over line: ProviderLine) async throws(ProviderError) -> MetadataReading {
        let address = ProviderMetadata.address(of: provider.issuer)
        let name = "the provider's metadata at \(SafeText.words(address, limit: .octets(400)))"
        let response = try await line.answer(
            to: .init(url: address, headers: [(name: "Accept", value: "application/json")], name: name),
            by: line.deadline(CallDeadline.call))
        guard response.status == 200 else {
            throw .misconfigured(
                reason: "\(name): the provider answered with \(response.status); see whether its issuer is right")
        }
        guard response.isJSON else {
            throw .misconfigured(
                reason: "\(name): its media type is not application/json; see whether its issuer is right")
        }
        return MetadataReading(response.body, of: provider)
    }
}
