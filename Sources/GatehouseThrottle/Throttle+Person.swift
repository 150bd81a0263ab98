package import GatehouseCore
internal import Synchronization

/// Counting people, to whom several names may belong: a user name and a mail address, say.
extension Throttle {
    /// Counts an attempt again under the person whom its name means, before the password is compared.
    ///
    /// Whoever goes by one name only is counted twice alike, and refused by the first count.
    ///
    /// - Returns: how long to wait; `nil` if the attempt may be made.
    package func admit(_ attempt: Attempt, as person: UserReference) async throws(StoreError) -> Duration? {
        let id = try id(person)
        // Whoever forgets the failures of the name has to find those of the person, and no backend may be there to ask.
        try await store.addMember(
            id.octets, to: keys.key(ofName: attempt.nameID, .persons), expiresIn: ThrottleRule.memory)
        let counters = own(of: id, from: attempt.blockID, attempt.device)
        if let wait = try await store.count(counters, now: attempt.moment) {
            if attempt.device == nil {
                await log.note(.person(id, name: attempt.nameID, attempt.block), now: attempt.moment)
            }
            return wait
        }
        // Whoever asked gave up waiting meanwhile, and the attempt was taken back: so is this.
        if !attempt.persons.add(counters) {
            try await store.takeBack(counters, countedAt: attempt.moment, startsOver: false)
            throw .unavailable(reason: "the attempt is over")
        }
        return nil
    }

    /// Asks to send a mail to somebody who was found, by whatever name.
    ///
    /// - Returns: whether it may be sent, which is counted.
    package func admitMail(to person: UserReference, now: Timestamp) async throws(StoreError) -> Bool {
        let counter = ThrottleCounter(key: keys.key(ofName: try id(person), .mails), rule: limits.mails)
        return try await store.count([counter], now: now) == nil
    }

    /// No name that somebody types has an octet that is no UTF-8.
    func id(_ person: UserReference) throws(StoreError) -> Octets16 {
        try id([0xFF] + Array("\(person.backend)".utf8) + [0xFF] + person.id.bytes)
    }

    /// What counts for a name, or for a person, from one place.
    func own(of id: Octets16, from blockID: Octets16, _ device: Octets16?) -> [ThrottleCounter] {
        if let device {
            return [
                ThrottleCounter(key: keys.key(ofName: id, .device(device)), rule: limits.device),
                ThrottleCounter(key: keys.key(ofName: id, .devices), rule: limits.devices),
            ]
        }
        return [
            ThrottleCounter(key: keys.key(ofName: id, .from(blockID)), rule: limits.pair),
            ThrottleCounter(key: keys.key(ofName: id, .everywhere), rule: limits.account),
        ]
    }
}

/// The counters of those whom the name of an attempt turned out to mean, each person's in a slot of its own.
final class CountedPersons: Sendable {
    private let counters = Mutex<[[ThrottleCounter]]?>([])

    /// - Returns: whether the attempt still goes on.
    func add(_ counted: [ThrottleCounter]) -> Bool {
        counters.withLock { counters in
            guard let before = counters else { return false }
            counters = before + [counted]
            return true
        }
    }

    /// What was counted, once; nothing is taken from then on.
    func close() -> [[ThrottleCounter]] {
        counters.withLock { counters in
            defer { counters = nil }
            return counters ?? []
        }
    }
}
