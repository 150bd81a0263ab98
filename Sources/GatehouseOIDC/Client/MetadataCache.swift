/// A provider's metadata as it was last good: it is asked for anew each hour, and kept for as long as nothing better is there.
///
/// It decides and does nothing; whoever holds it fetches.
struct MetadataCache: Sendable {
    enum Step: Equatable, Sendable {
        case use(ProviderMetadata)
        /// The same, and a new one is fetched meanwhile.
        case useAndRefresh(ProviderMetadata)
        case fetch
    }

    static let lifetime = Duration.seconds(3_600)
    /// After a failure, while there is something to go on with.
    static let pause = Duration.seconds(60)

    private var metadata: ProviderMetadata?
    private var isDueAt: ContinuousClock.Instant?

    init() {}

    func step(at now: ContinuousClock.Instant) -> Step {
        guard let metadata, let isDueAt else { return .fetch }
        return now < isDueAt ? .use(metadata) : .useAndRefresh(metadata)
    }

    /// When there is something to do next; `nil` for now.
    var next: ContinuousClock.Instant? { isDueAt }

    /// Something good came; `jitter` is any octet, which moves the next time by up to a tenth, so that replicas do not ask together.
    mutating func take(_ metadata: ProviderMetadata, at now: ContinuousClock.Instant, jitter: UInt8) {
        self.metadata = metadata
        isDueAt = now.advanced(by: Self.lifetime * (Double(jitter) / 255 * 0.2 + 0.9))
    }

    /// Nothing came, or nothing good: what was good stays.
    mutating func fail(at now: ContinuousClock.Instant) {
        if metadata != nil { isDueAt = now.advanced(by: Self.pause) }
    }
}
