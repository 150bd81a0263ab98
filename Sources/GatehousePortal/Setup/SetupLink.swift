package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSessions

/// The secrets of links that lead to the page for the first administrator.
///
/// A link works for an hour and once. The store knows only a keyed hash of its secret, under a kind of its own.
package struct SetupLink: Sendable {
    private let store: any RecordStore
    private let lookup: LookupKey
    private let prefix: [UInt8]

    /// How long a link works.
    package static let lifetime = Duration.seconds(3_600)

    /// Every key in the store starts with `prefix`, usually `gh:`.
    package init(store: any RecordStore, lookup: LookupKey, prefix: String) {
        self.store = store
        self.lookup = lookup
        self.prefix = Array("\(prefix)\(SecretKind.setup.rawValue):".utf8)
    }

    /// Makes a link's secret.
    ///
    /// - Throws: `SessionError.unavailable`: there is no link then.
    package func make(now: Timestamp) async throws(SessionError) -> SecretToken {
        guard let token = SecretToken.random() else { throw .unavailable(reason: "no random octets") }
        let record = Record(state: .open, endsAt: now.advanced(by: SetupLink.lifetime))
        guard try await write(record, try key(token), now: now, when: .ifMissing) else {
            throw .unavailable(reason: "the new link's key is taken")
        }
        return token
    }

    /// Whether a link can be used now.
    func isOpen(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Bool {
        try await record(try key(token), now: now)?.state == .open
    }

    /// Takes a link, so that nobody else can use it.
    ///
    /// - Returns: `false` if somebody else has, or if it does not work any more.
    func claim(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Bool {
        try await move(token, from: .open, to: .claimed, now: now)
    }

    /// Gives a link back that was of no use.
    func release(_ token: SecretToken, now: Timestamp) async throws(SessionError) {
        _ = try await move(token, from: .claimed, to: .open, now: now)
    }

    /// Ends a link.
    func end(_ token: SecretToken) async throws(SessionError) {
        let key = try key(token)
        do { try await store.remove([key]) } catch { throw SetupLink.unavailable(error) }
    }

    // MARK: - Records

    /// What the store keeps: nothing of the secret.
    private struct Record: Equatable {
        enum State: UInt8 {
            case open = 1
            case claimed = 2
        }

        var state: State
        let endsAt: Timestamp

        init(state: State, endsAt: Timestamp) {
            self.state = state
            self.endsAt = endsAt
        }

        /// One octet for the state, eight for the end, big endian; anything else is `nil`.
        init?(_ octets: [UInt8]) {
            guard octets.count == 9, let first = octets.first, let state = State(rawValue: first) else { return nil }
            self.state = state
            endsAt = Timestamp(milliseconds: octets.dropFirst().reduce(0) { $0 << 8 | Int64($1) })
        }

        var octets: [UInt8] {
            let end = UInt64(bitPattern: endsAt.milliseconds)
            return [state.rawValue]
                + stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: end >> $0) }
        }
    }

    private func key(_ token: SecretToken) throws(SessionError) -> RecordKey {
        var bytes = prefix
        do { try lookup.makeHasher().id(of: token, kind: .setup).appendBase64URL(to: &bytes) } catch {
            throw SetupLink.unavailable(error)
        }
        return RecordKey(bytes)
    }

    private func record(_ key: RecordKey, now: Timestamp) async throws(SessionError) -> Record? {
        let octets: [UInt8]?
        do { octets = try await store.value(for: key) } catch { throw SetupLink.unavailable(error) }
        guard let record = octets.flatMap(Record.init), now < record.endsAt else { return nil }
        return record
    }

    private func move(
        _ token: SecretToken, from: Record.State, to state: Record.State, now: Timestamp
    ) async throws(SessionError) -> Bool {
        let key = try key(token)
        guard let record = try await record(key, now: now), record.state == from else { return false }
        var moved = record
        moved.state = state
        return try await write(moved, key, now: now, when: .ifEqual(record.octets))
    }

    private func write(
        _ record: Record, _ key: RecordKey, now: Timestamp, when condition: WriteCondition
    ) async throws(SessionError) -> Bool {
        do {
            return try await store.write(
                record.octets, for: key, expiresIn: record.endsAt.since(now), when: condition)
        } catch {
            throw SetupLink.unavailable(error)
        }
    }

    private static func unavailable(_ error: any Error) -> SessionError {
        if case .unavailable(let reason)? = error as? StoreError { return .unavailable(reason: reason) }
        return .unavailable(reason: "\(error)")
    }
}
