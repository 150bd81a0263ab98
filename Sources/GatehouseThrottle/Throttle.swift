package import GatehouseCore
package import GatehouseCrypto

/// Counts attempts before they cost anything, on every path that checks a credential.
///
/// Everything is counted under the folded name and the block of addresses, whether there is such a person or not. A device
/// that the name signed in with before has a budget of its own and is not touched by what strangers do; the devices of one name,
/// and those at one address, are held to what they may do together.
package struct Throttle: Sendable {
    let store: any ThrottleStore
    let keys: ThrottleKeys
    let limits: ThrottleLimits
    /// When two spellings are counted as one name.
    let names: UserNameRules
    let log: RefusalLog
    private let line = AttemptLine()
    /// How long an attempt is held that finds no room only because others are under way.
    private let patience: Duration

    /// - Parameters:
    ///   - store: where is counted; instances that share it share the counts.
    ///   - lookup: the key under which names and addresses are hidden.
    ///   - seal: what seals the addresses that an operator is shown.
    ///   - prefix: what every key in the store starts with.
    ///   - limits: how often people may fail.
    ///   - patience: how long an attempt is held that finds no room only because others are under way on this instance.
    ///   - names: when two spellings are counted as one.
    package init(
        store: any ThrottleStore, lookup: LookupKey, seal: SealKeyRing, prefix: String, limits: ThrottleLimits,
        patience: Duration = .seconds(5), names: UserNameRules
    ) {
        self.store = store
        keys = ThrottleKeys(lookup: lookup, prefix: prefix)
        self.limits = limits
        self.names = names
        self.patience = patience
        log = RefusalLog(store: store, key: keys.refused, seal: seal)
    }

    /// Asks to make one attempt with a password.
    ///
    /// Whoever would be refused only because attempts of this instance are under way is held, in the order of arrival, until one
    /// of them ends: a success gives its place back. What may be compared within any time is not more by that.
    ///
    /// - Parameters:
    ///   - name: as typed.
    ///   - client: who tries.
    ///   - device: the browser, if this name signed in with it before.
    ///   - now: the moment; evaluated again after a while of waiting.
    /// - Returns: the attempt, which is counted as a failure until it is said to be none; or how long to wait.
    /// - Throws: `StoreError.unavailable`: nothing may be tried.
    package func admit(
        _ name: UTF8Text, from client: ClientAddress, device: Octets16?, now: @autoclosure () -> Timestamp
    ) async throws(StoreError) -> Admission {
        let nameID = try id(names.counted(name))
        let block = AddressBlock(client)
        let blockID = try id(block.octets)
        let subject = device.map { AttemptLine.Subject.device($0, name: nameID) } ?? .name(nameID)
        let deadline = ContinuousClock.now + patience
        let isInTurn = await line.enter(subject, until: deadline)
        defer { if isInTurn { line.leave(subject) } }
        while true {
            let (mark, blockMark) = (line.mark(subject), line.mark(.block(blockID)))
            let answer = try await ask(nameID, client, block, blockID, device, now())
            guard case .wait(_, let scope) = answer else { return answer }
            let isOfBlock = scope == .address
            guard isInTurn,
                await line.end(
                    since: isOfBlock ? blockMark : mark, of: isOfBlock ? .block(blockID) : subject, until: deadline)
            else {
                switch scope {
                case .name: await log.note(.name(nameID, block), now: now())
                case .address: await log.note(.block(block), now: now())
                case .device: break
                }
                return answer
            }
        }
    }

    private func ask(
        _ nameID: Octets16, _ client: ClientAddress, _ block: AddressBlock, _ blockID: Octets16, _ device: Octets16?,
        _ now: Timestamp
    ) async throws(StoreError) -> Admission {
        let own = own(of: nameID, from: blockID, device)
        if let wait = try await store.count(own, now: now) { return .wait(wait, device == nil ? .name : .device) }
        let shared = try addresses(of: client, blockID, device == nil ? .strangers : .devices)
        if let wait = try await countShared(shared, own, now) { return .wait(wait, .address) }
        let subject = device.map { AttemptLine.Subject.device($0, name: nameID) } ?? .name(nameID)
        return .admitted(
            Attempt(
                nameID: nameID, block: block, blockID: blockID, device: device, own: own, shared: shared, moment: now,
                place: AttemptPlace(line, [subject, .block(blockID)])))
    }

    /// The counters of where attempts come from, each in a slot of its own.
    private func addresses(
        of client: ClientAddress, _ blockID: Octets16, _ scope: ThrottleKeys.BlockScope
    ) throws(StoreError) -> [[ThrottleCounter]] {
        let (block, site) = limits.ofAddresses(scope)
        var counters = [[ThrottleCounter(key: keys.key(ofBlock: blockID, scope), rule: block)]]
        if let around = AddressBlock(siteOf: client) {
            counters.append([ThrottleCounter(key: keys.key(ofBlock: try id(around.octets), scope), rule: site)])
        }
        return counters
    }

    /// The password was right: this was no failure, and no failure before it is one of a row any more.
    package func succeeded(_ attempt: Attempt) async throws(StoreError) {
        defer { attempt.place.giveUp() }
        // The name's last: only then is there room for the next one, who must find it under the person, too.
        try await takeBack(attempt.persons.close() + [attempt.own], attempt.moment, startsOver: true)
        try await takeBack(attempt.shared, attempt.moment)
    }

    /// Nothing was tried.
    package func undone(_ attempt: Attempt) async throws(StoreError) {
        defer { attempt.place.giveUp() }
        try await takeBack(attempt.persons.close() + [attempt.own] + attempt.shared, attempt.moment)
    }

    /// Nobody's password was compared, and yet it cost as much: the name and whoever it means have their try back, while the
    /// address keeps what bounds how often it can make that work be done.
    package func spared(_ attempt: Attempt) async throws(StoreError) {
        defer { attempt.place.giveUp() }
        try await takeBack(attempt.persons.close() + [attempt.own], attempt.moment)
    }

    /// The password was wrong: what was counted stays, and whoever waits for this attempt waits no longer.
    package func failed(_ attempt: Attempt) { attempt.place.giveUp() }

    private func takeBack(
        _ counters: [[ThrottleCounter]], _ moment: Timestamp, startsOver: Bool = false
    ) async throws(StoreError) {
        for counters in counters {
            try await store.takeBack(counters, countedAt: moment, startsOver: startsOver)
        }
    }

    /// Asks to judge and hash a new password for somebody who need not know the old one.
    ///
    /// - Returns: how long to wait; `nil` if it may be done, which is counted.
    package func admitNewPassword(of name: UTF8Text, now: Timestamp) async throws(StoreError) -> Duration? {
        let key = keys.key(ofName: try id(names.counted(name)), .newPasswords)
        return try await store.count([ThrottleCounter(key: key, rule: limits.newPasswords)], now: now)
    }

    /// Asks to send a mail that somebody wants: for an account, known or not, and for a client.
    ///
    /// - Returns: whether it may be sent.
    package func admitMail(
        to name: UTF8Text, from client: ClientAddress, now: Timestamp
    ) async throws(StoreError) -> Bool {
        let shared = try addresses(of: client, try id(AddressBlock(client).octets), .mails)
        let own = [ThrottleCounter(key: keys.key(ofName: try id(names.counted(name)), .mails), rule: limits.mails)]
        guard try await store.count(own, now: now) == nil else { return false }
        return try await countShared(shared, own, now) == nil
    }

    /// What costs nobody a password and yet is bounded for each client.
    package enum Errand: Sendable {
        /// A sign-in that begins at a provider.
        case start
        /// A message of a provider.
        case message
    }

    /// Asks to do something for a client, which is counted.
    ///
    /// - Returns: how long to wait; `nil` if it may be done.
    package func admit(
        _ errand: Errand, from client: ClientAddress, now: Timestamp
    ) async throws(StoreError) -> Duration? {
        let scope: ThrottleKeys.BlockScope =
            switch errand {
            case .start: .starts
            case .message: .messages
            }
        return try await countShared(
            try addresses(of: client, try id(AddressBlock(client).octets), scope), [], now)
    }

    /// Counts in several slots of a cluster, which is several steps: what was counted before a refusal is taken back.
    private func countShared(
        _ shared: [[ThrottleCounter]], _ own: [ThrottleCounter], _ now: Timestamp
    ) async throws(StoreError) -> Duration? {
        var done = own.isEmpty ? [] : [own]
        for counters in shared {
            let wait: Duration?
            do { wait = try await store.count(counters, now: now) } catch {
                try? await takeBack(done, now)
                throw error
            }
            if let wait {
                try await takeBack(done, now)
                return wait
            }
            done.append(counters)
        }
        return nil
    }

    /// The beginning of the id of a name's counters, for log lines; `nil` if OpenSSL refuses.
    package func shownID(of name: UTF8Text) -> String? {
        (try? id(names.counted(name))).map { SessionID($0).description }
    }

    func id(_ octets: [UInt8]) throws(StoreError) -> Octets16 {
        do { return try keys.id(octets) } catch { throw .unavailable(reason: "\(error)") }
    }

    /// Whether somebody may try.
    package enum Admission: Sendable {
        case admitted(Attempt)
        case wait(Duration, Scope)
    }

    /// Which limit was reached.
    package enum Scope: String, Sendable {
        case device, name, address
    }

    /// An attempt that is counted.
    package struct Attempt: Sendable {
        let nameID: Octets16
        let block: AddressBlock
        let blockID: Octets16
        let device: Octets16?
        fileprivate let own: [ThrottleCounter]
        fileprivate let shared: [[ThrottleCounter]]
        /// Whom the name turned out to mean, as far as that is known.
        let persons = CountedPersons()
        let moment: Timestamp
        fileprivate let place: AttemptPlace
    }
}
