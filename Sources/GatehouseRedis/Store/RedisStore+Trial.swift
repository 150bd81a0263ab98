package import GatehouseCore
internal import NIOCore

/// Trying everything that the daemon will ask of Redis, before it does.
extension RedisStore {
    /// Asks for every command and every script once, on keys that nobody else uses and that are gone afterwards.
    ///
    /// Each command of a script is also asked for by itself, so that it is known which right is missing.
    ///
    /// - Parameters:
    ///   - prefix: what the store's keys begin with.
    ///   - mark: random octets, so that two trials do not meet.
    ///   - now: the wall clock.
    ///   - database: its number, for the words.
    /// - Returns: `works`, or what to do first; after twice the command deadline at the latest for each of its three steps.
    package func trial(keysBelow prefix: String, mark: [UInt8], now: Timestamp, database: Int) async -> RedisTrial {
        let name = Array("\(prefix)check:".utf8) + mark
        let keys = TrialKeys(
            record: RecordKey(name), set: RecordKey(name + Array(":set".utf8)),
            counter: RecordKey(name + Array(":count".utf8)))
        do throws(StoreError) {
            var missing = try await missingRights(keys.record.bytes)
            if !missing.isEmpty {
                if missing.contains(RedisStore.keysRight) {
                    missing = missing.map { $0 == RedisStore.keysRight ? "~\(prefix)*" : $0 }
                }
                return .lacks(rights: missing)
            }
            return try await use(keys, now)
        } catch {
            return await outcome(of: error, database)
        }
    }

    /// What its user must have and has not so that Redis may tell of changes to what checks keep, as `ACL SETUSER` takes it.
    ///
    /// The last question of a store: its connection only hears afterwards. Without an answer nothing is missing.
    package func missingTrackingRights() async -> [String] {
        let questions = [
            Question("+client|id", RedisCommand("CLIENT ID")),
            Question("+client|tracking", RedisCommand("CLIENT TRACKING", Array("OFF".utf8))),
            // Either of the two: Redis does not say which in one word.
            Question("+subscribe &__redis__:invalidate", RedisCommand("SUBSCRIBE", CachedReader.channel)),
        ]
        guard let answers = try? await replies(to: questions.map(\.command)) else { return [] }
        return zip(questions, answers).filter { $0.1 == .error(.notPermitted) }.map(\.0.right)
    }

    private struct TrialKeys {
        let record: RecordKey
        let set: RecordKey
        let counter: RecordKey
        var all: [RecordKey] { [record, set, counter] }
    }

    private static let keysRight = "~"
    private static let lifetime = [UInt8](decimal: 10_000)

    /// One question for each right.
    private struct Question {
        let right: String
        let command: RedisCommand

        init(_ right: String, _ command: RedisCommand) {
            self.right = right
            self.command = command
        }
    }

    /// What Redis says to each command alone.
    ///
    /// The rights of sets are asked for on a key that holds a string: who may not hears `NOPERM`, who may hears `WRONGTYPE`, and
    /// no set is left where it could not be removed.
    private func missingRights(_ key: [UInt8]) async throws(StoreError) -> [String] {
        let member = Array("member".utf8)
        var first = [
            Question("+unlink", RedisCommand("UNLINK", key)), Question("+del", RedisCommand("DEL", key)),
            Question("+set", RedisCommand("SET", key, [1], Array("PX".utf8), RedisStore.lifetime)),
            Question("+getrange", .read(key)), Question("+get", RedisCommand("GET", key)),
            Question("+pexpire", RedisCommand("PEXPIRE", key, RedisStore.lifetime, Array("NX".utf8))),
            Question("+pttl", RedisCommand("PTTL", key)),
            Question("+srem", RedisCommand("SREM", key, member)), Question("+smembers", RedisCommand("SMEMBERS", key)),
        ]
        first += RedisScript.all.map { Question("+script|load", $0.load) }
        let answers = try await replies(to: first.map(\.command))
        var missing = try RedisStore.missing(zip(first, answers))
        // Redis 7 compares expiries by itself; before it the rest of a set's time has to be asked for.
        let comparesExpiries = zip(first, answers).contains { question, answer in
            question.right == "+pexpire" && answer != .error(.generic)
        }
        if comparesExpiries { missing.removeAll { $0 == "+pttl" } }
        var second = [Question("+evalsha", RedisScript.members.call(key: key))]
        // Without the string there, a set would be made.
        if !missing.contains("+set"), !missing.contains(RedisStore.keysRight) {
            second.append(Question("+sadd", RedisCommand("SADD", key, member)))
        }
        missing += try RedisStore.missing(zip(second, try await replies(to: second.map(\.command))))
        _ = try await replies(to: [RedisCommand("UNLINK", key), RedisCommand("DEL", key)])
        var seen: Set<String> = []
        return missing.filter { seen.insert($0).inserted }
    }

    private static func missing(
        _ answers: some Sequence<(Question, RedisReply)>
    ) throws(StoreError) -> [String] {
        var missing: [String] = []
        for (question, answer) in answers {
            switch answer {
            case .error(.notPermitted): missing.append(question.right)
            case .error(.keyNotPermitted): missing.append(keysRight)
            // Another type, an older syntax, a script that is not there: allowed, which is all that is asked.
            case .error(.wrongType), .error(.generic), .error(.noScript): break
            case .error(let code): throw .unavailable(reason: RedisTrial.words(code))
            case .ok, .status, .integer, .bulk, .array, .null: break
            }
        }
        return missing
    }

    /// Everything as the daemon does it.
    private func use(_ keys: TrialKeys, _ now: Timestamp) async throws(StoreError) -> RedisTrial {
        let life = Duration.seconds(10)
        let rule = ThrottleRule(limit: 1, window: life)
        let counter = ThrottleCounter(key: keys.counter, rule: rule)
        let isRight: Bool
        do throws(StoreError) {
            let isNew = try await write([1], for: keys.record, expiresIn: life, when: .ifMissing)
            let isChanged = try await write([2], for: keys.record, expiresIn: life, when: .ifEqual([1]))
            let isKept = try await write([3], for: keys.record, expiresIn: life, when: .ifPresent)
            let value = try await self.value(for: keys.record)
            try await addMember([4], to: keys.set, expiresIn: life)
            let members = try await self.members(of: keys.set)
            try await removeMember([4], from: keys.set)
            let isCounted = try await count([counter], now: now) == nil
            try await takeBack([counter], countedAt: now, startsOver: true)
            isRight = isNew && isChanged && isKept && value == [3] && members == [[4]] && isCounted
        } catch {
            try? await remove(keys.all)
            throw error
        }
        try await remove(keys.all)
        return isRight ? .works : .unfit(reason: "it does not give back what was written")
    }

    /// Why the link went, if it did.
    private func outcome(of error: StoreError, _ database: Int) async -> RedisTrial {
        let link = link
        let fault = try? await eventLoop.submit { link.value?.lastFault }.get()
        if let fault { return RedisTrial(fault, database: database) }
        guard case .unavailable(let reason) = error else { return .unfit(reason: "it takes no record") }
        return .unfit(reason: reason)
    }
}
