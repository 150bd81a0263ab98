internal import GatehouseCore
internal import GatehouseCrypto
internal import Synchronization

/// What was refused lately, for an operator who asks: a set in the store, bounded and short-lived.
///
/// Names stand in it as the ids of their counters, since people type passwords into that field; addresses are sealed.
final class RefusalLog: Sendable {
    enum Entry: Hashable, Sendable {
        /// A name, and where the attempt came from.
        case name(Octets16, AddressBlock)
        /// Somebody whom a name means, by that name.
        case person(Octets16, name: Octets16, AddressBlock)
        case block(AddressBlock)
    }

    private struct State {
        /// What this process wrote lately, so that it is not written again each time.
        var written: [Entry: Timestamp] = [:]
        var lookedAt: Timestamp?
        var isFull = false
    }

    private let store: any RecordStore
    private let key: RecordKey
    private let seal: SealKeyRing
    private let state = Mutex(State())

    /// The most entries; beyond them no further ones are noted until some were taken out or all expired.
    static let maxEntries = 1_000
    private static let lifetime = Duration.seconds(86_400)
    private static let interval = Duration.seconds(60)

    init(store: any RecordStore, key: RecordKey, seal: SealKeyRing) {
        self.store = store
        self.key = key
        self.seal = seal
    }

    /// Notes a refusal; what goes wrong with it changes nothing for the attempt.
    func note(_ entry: Entry, now: Timestamp) async {
        guard isNew(entry, now) else { return }
        if shouldLook(now) {
            let isFull = ((try? await store.members(of: key).count) ?? 0) >= RefusalLog.maxEntries
            state.withLock { $0.isFull = isFull }
        }
        guard !state.withLock({ $0.isFull }), let member = member(entry) else { return }
        try? await store.addMember(member, to: key, expiresIn: RefusalLog.lifetime)
    }

    /// The entries with their members; what cannot be read is left out.
    func entries() async throws(StoreError) -> [(entry: Entry, member: [UInt8])] {
        try await store.members(of: key).compactMap { member in entry(member).map { ($0, member) } }
    }

    func remove(_ member: [UInt8]) async throws(StoreError) { try await store.removeMember(member, from: key) }

    private func isNew(_ entry: Entry, _ now: Timestamp) -> Bool {
        state.withLock { state in
            if let before = state.written[entry], (.zero..<RefusalLog.interval).contains(now.since(before)) {
                return false
            }
            if state.written.count >= RefusalLog.maxEntries { state.written.removeAll() }
            state.written[entry] = now
            return true
        }
    }

    private func shouldLook(_ now: Timestamp) -> Bool {
        state.withLock { state in
            if let before = state.lookedAt, (.zero..<Duration.seconds(1)).contains(now.since(before)) { return false }
            state.lookedAt = now
            return true
        }
    }

    private func member(_ entry: Entry) -> [UInt8]? {
        switch entry {
        case .name(let id, let block): sealed(block).map { [UInt8(ascii: "a")] + id.octets + $0 }
        case .person(let id, let name, let block):
            sealed(block).map { [UInt8(ascii: "c")] + id.octets + name.octets + $0 }
        case .block(let block): sealed(block).map { [UInt8(ascii: "b")] + $0 }
        }
    }

    private func sealed(_ block: AddressBlock) -> [UInt8]? {
        try? seal.makeSealer().seal(Array(block.description.utf8), name: key.bytes)
    }

    private func entry(_ member: [UInt8]) -> Entry? {
        let rest = Array(member.dropFirst())
        switch member.first {
        case UInt8(ascii: "a"):
            guard let id = Octets16(prefix: rest.span), let block = block(Array(rest.dropFirst(16))) else { return nil }
            return .name(id, block)
        case UInt8(ascii: "c"):
            let name = Array(rest.dropFirst(16))
            guard let id = Octets16(prefix: rest.span), let nameID = Octets16(prefix: name.span),
                let block = block(Array(name.dropFirst(16)))
            else { return nil }
            return .person(id, name: nameID, block)
        case UInt8(ascii: "b"): return block(rest).map(Entry.block)
        default: return nil
        }
    }

    private func block(_ sealed: [UInt8]) -> AddressBlock? {
        guard let text = try? seal.makeSealer().open(sealed, name: key.bytes) else { return nil }
        return AddressBlock(text: String(decoding: text, as: UTF8.self))
    }
}
