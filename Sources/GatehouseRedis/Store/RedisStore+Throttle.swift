package import GatehouseCore

extension RedisStore: ThrottleStore {
    package func count(_ counters: [ThrottleCounter], now: Timestamp) async throws(StoreError) -> Duration? {
        guard !counters.isEmpty else { return nil }
        var arguments = [[UInt8](decimal: now.milliseconds)]
        for rule in counters.map(\.rule) {
            arguments += [
                Int64(rule.limit), rule.window.redisMilliseconds, Int64(rule.free), Int64(rule.total),
                rule.block.redisMilliseconds, ThrottleRule.memory.redisMilliseconds,
            ].map { [UInt8](decimal: $0) }
        }
        let reply = try await run(
            .countAttempt, RedisScript.countAttempt.call(keys: counters.map(\.key.bytes), arguments))
        guard case .integer(let wait) = reply else { throw RedisStore.unexpected }
        return wait > 0 ? .milliseconds(wait) : nil
    }

    package func takeBack(
        _ counters: [ThrottleCounter], countedAt: Timestamp, startsOver: Bool
    ) async throws(StoreError) {
        guard !counters.isEmpty else { return }
        let rules = counters.map(\.rule).flatMap { rule in
            [
                rule.window.redisMilliseconds, Int64(rule.total), rule.block.redisMilliseconds,
                ThrottleRule.memory.redisMilliseconds,
            ].map { [UInt8](decimal: $0) }
        }
        _ = try await run(
            .takeBackAttempt,
            RedisScript.takeBackAttempt.call(
                keys: counters.map(\.key.bytes),
                [[UInt8](decimal: countedAt.milliseconds), [UInt8](decimal: startsOver ? 1 : 0)] + rules))
    }
}
