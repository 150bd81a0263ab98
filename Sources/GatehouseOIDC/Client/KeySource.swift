internal import GatehouseCore
internal import GatehouseSystem

/// A provider's keys for whoever verifies a token: from the cache, fetched where that has none, and sought once where a token's key is
/// not among them.
actor KeySource {
    typealias Asker = KeySetCache<KeySet>.Asker

    private let line: ProviderLine
    private let report: @Sendable (ProviderNotice) -> Void
    private let flight = SingleFlight<Result<KeySet, ProviderError>>()
    private var cache = KeySetCache<KeySet>()
    /// How many of each kind wait for keys that they did not find.
    private var seeking: [Asker: Int] = [:]

    init(line: ProviderLine, report: @escaping @Sendable (ProviderNotice) -> Void) {
        self.line = line
        self.report = report
    }

    /// Verifies something with the provider's keys, and again with those that are fetched if the first ones did not fit.
    ///
    /// It throws `.key` without a key that fits, and `.signature` may come of a key that was replaced under the same name: both are
    /// worth a look, once a minute.
    func verified<Value: Sendable>(
        for asker: Asker, at address: String, by deadline: CallDeadline,
        _ verify: @Sendable (KeySet) throws(ProviderRefusal) -> Value
    ) async throws(ProviderError) -> Value {
        let keys = try await keys(for: asker, at: address, by: deadline)
        let first: ProviderRefusal
        do throws(ProviderRefusal) { return try verify(keys) } catch { first = error }
        // Whoever comes while others of the kind wait for keys waits with them.
        guard first.code == .key || first.code == .signature,
            seeking[asker, default: 0] > 0 || cache.maySeek(for: asker, at: line.uptime())
        else { throw .refused(first) }
        seeking[asker, default: 0] += 1
        defer { seeking[asker, default: 0] -= 1 }
        let sought = try await fetched(at: address, by: deadline)
        do throws(ProviderRefusal) { return try verify(sought) } catch { throw .refused(error) }
    }

    /// When there is something to do next; `nil` for now.
    var next: ContinuousClock.Instant? { cache.next }

    /// Fetches new keys if it is time.
    func refresh(at address: String) async {
        switch cache.step(at: line.uptime()) {
        case .use: return
        case .useAndRefresh, .fetch: _ = try? await fetched(at: address, by: line.deadline(CallDeadline.call))
        }
    }

    private func keys(
        for asker: Asker, at address: String, by deadline: CallDeadline
    ) async throws(ProviderError) -> KeySet {
        switch cache.step(at: line.uptime()) {
        case .use(let keys): return keys
        case .useAndRefresh(let keys):
            // Ends by itself: a call has its own limit.
            Task { await self.refresh(at: address) }
            return keys
        case .fetch(let former):
            // Messages that somebody makes up bring no keys about, and are not to cost a fetch each while there are none.
            if asker == .message, cache.hasJustFailed(at: line.uptime()) {
                throw .outage(reason: "the provider's keys: there are none, and they were asked for a moment ago")
            }
            do throws(ProviderError) { return try await fetched(at: address, by: deadline) } catch {
                guard let former else { throw error }
                return former
            }
        }
    }

    private func fetched(at address: String, by deadline: CallDeadline) async throws(ProviderError) -> KeySet {
        guard let remaining = deadline.remaining(at: line.uptime()) else {
            throw .outage(reason: "the provider's keys: no time is left for them")
        }
        let late = ProviderError.outage(reason: "the provider's keys: no answer in time")
        return try await within(remaining, else: .failure(late)) { [flight] in
            await flight.outcome { await self.fetch(at: address) }
        }.get()
    }

    private func fetch(at address: String) async -> Result<KeySet, ProviderError> {
        do throws(ProviderError) {
            let (keys, maxAge) = try await KeySource.keySet(at: address, over: line)
            cache.take(keys, at: line.uptime(), maxAge: maxAge)
            return .success(keys)
        } catch {
            cache.fail(at: line.uptime())
            if case .use = cache.step(at: line.uptime()) {
                report(.kept(what: .keys, reason: error.description))
            }
            return .failure(error)
        }
    }

    /// Fetches a set of keys.
    ///
    /// - Throws: `.misconfigured` for a set that is none; it may be good the next time.
    static func keySet(
        at address: String, over line: ProviderLine
    ) async throws(ProviderError) -> (keys: KeySet, maxAge: Duration?) {
        let name = "the provider's keys at \(SafeText.words(address, limit: .octets(400)))"
        let response = try await line.answer(
            to: .init(
                url: address, headers: [(name: "Accept", value: "application/jwk-set+json, application/json")],
                name: name),
            by: line.deadline(CallDeadline.call))
        guard response.status == 200 else {
            throw .misconfigured(reason: "\(name): the provider answered with \(response.status)")
        }
        guard response.isJSON else {
            throw .misconfigured(reason: "\(name): the media type is not application/json or application/jwk-set+json")
        }
        do throws(ProviderRefusal) { return (try KeySet(parsing: response.body), response.maxAge) } catch {
            throw .misconfigured(reason: "\(name): \(error.reason)")
        }
    }
}
