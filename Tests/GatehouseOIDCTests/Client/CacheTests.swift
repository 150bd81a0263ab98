import Testing

@testable import GatehouseOIDC

@Suite("What was fetched of a provider")
struct CacheTests {
    private let start = ContinuousClock.now
    private let metadata = ProviderMetadata(
        issuer: "https://id.example", endpoints: .init(authorization: "a", token: "t"), tokenAuthentication: .basic,
        namesIssuerInAnswer: false)

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test(
        "metadata: lasts an hour, a tenth more or less, and is used while a new one is fetched",
        arguments: [
            (UInt8(0), 3_240.0), (128, 3_600), (255, 3_960),
        ])
    func lifetime(jitter: UInt8, seconds: Double) {
        var cache = MetadataCache()
        #expect(cache.step(at: start) == .fetch)
        cache.take(metadata, at: start, jitter: jitter)
        #expect(cache.step(at: at(seconds - 5)) == .use(metadata))
        #expect(cache.step(at: at(seconds + 5)) == .useAndRefresh(metadata))
    }

    @Test("metadata: is kept as long as nothing better comes, and asked for once a minute") func lastGood() {
        var cache = MetadataCache()
        cache.fail(at: start)
        #expect(cache.step(at: start) == .fetch)
        cache.take(metadata, at: start, jitter: 128)
        for hour in 1...100 {
            let now = at(Double(hour) * 7_200)
            #expect(cache.step(at: now) == .useAndRefresh(metadata))
            cache.fail(at: now)
            #expect(cache.step(at: now.advanced(by: .seconds(59))) == .use(metadata))
            #expect(cache.step(at: now.advanced(by: .seconds(60))) == .useAndRefresh(metadata))
        }
    }

    private enum Step: Equatable { case use, refresh, fetch, fetchOrUse }

    private func step(_ cache: KeySetCache<String>, _ seconds: Double) -> Step {
        switch cache.step(at: at(seconds)) {
        case .use: .use
        case .useAndRefresh: .refresh
        case .fetch(orUse: nil): .fetch
        case .fetch: .fetchOrUse
        }
    }

    @Test(
        "keys: last as long as their answer says, within bounds",
        arguments: [
            (Duration?.none, 3_600.0), (.zero, 300), (.seconds(299), 300), (.seconds(400), 400),
            (.seconds(7_200), 7_200),
            (.seconds(86_400), 86_400), (.seconds(1_000_000), 86_400),
        ])
    func keyLifetime(maxAge: Duration?, seconds: Double) {
        var cache = KeySetCache<String>()
        #expect(step(cache, 0) == .fetch)
        cache.take("keys", at: start, maxAge: maxAge)
        #expect(step(cache, seconds * 4 / 5 - 1) == .use)
        #expect(step(cache, seconds * 4 / 5) == .refresh)
        #expect(step(cache, seconds - 1) == .refresh)
        #expect(step(cache, seconds) == (seconds < 86_400 ? .fetchOrUse : .fetch))
        #expect(cache.next == at(seconds * 4 / 5))
    }

    @Test("keys: that were good stay usable for a day, and are asked for once a minute") func keyOutage() {
        var cache = KeySetCache<String>()
        cache.take("keys", at: start, maxAge: nil)
        cache.fail(at: at(3_600))
        #expect(step(cache, 3_601) == .use)
        #expect(step(cache, 3_659) == .use)
        #expect(step(cache, 3_660) == .fetchOrUse)
        cache.fail(at: at(86_399))
        #expect(step(cache, 86_399) == .use)
        #expect(step(cache, 86_400) == .fetch)
    }

    @Test("keys: that are gone are gone at once") func replaced() {
        var cache = KeySetCache<String>()
        cache.take("old", at: start, maxAge: nil)
        cache.fail(at: at(1))
        cache.take("new", at: at(2), maxAge: nil)
        guard case .use("new") = cache.step(at: at(3)) else {
            Issue.record("the old keys are used")
            return
        }
        #expect(step(cache, 3_602) == .fetchOrUse)
    }

    @Test("keys: an unknown one is sought once a minute, however often it is asked for") func seeking() {
        var cache = KeySetCache<String>()
        cache.take("keys", at: start, maxAge: nil)
        var sought = 0
        for second in 0..<600 where cache.maySeek(for: .signIn, at: at(Double(second))) { sought += 1 }
        #expect(sought == 10)
    }

    @Test("a breaker opens after five failures in a row, and lets one try after 30 s") func breaker() {
        var breaker = Breaker()
        for _ in 0..<4 {
            #expect(breaker.admits(at: start) == true)
            #expect(breaker.fail(at: start) == false)
        }
        breaker.succeed()
        for _ in 0..<4 { #expect(breaker.fail(at: start) == false) }
        #expect(breaker.admits(at: start) == true)
        #expect(breaker.fail(at: start) == true)
        #expect(breaker.admits(at: start) == false)
        #expect(breaker.isOpen(at: start))
        #expect(breaker.admits(at: at(29.9)) == false)
        #expect(breaker.admits(at: at(30)) == true)
        #expect(breaker.admits(at: at(30)) == false, "one at a time")
        #expect(breaker.fail(at: at(31)) == false, "was open before")
        #expect(breaker.admits(at: at(60)) == false)
        #expect(breaker.admits(at: at(61)) == true)
        #expect(breaker.succeed() == true)
        #expect(breaker.admits(at: at(61)) == true)
        #expect(breaker.succeed() == false)
    }
}
