package import GatehouseCore

/// What an operator sees of the counters, and does about them.
extension Throttle {
    /// A counter that refused somebody lately and still counts failures.
    package struct Listed: Sendable {
        package let subject: Subject
        /// Where the refused attempts came from.
        package let block: AddressBlock
        /// The failures within the window of its rule.
        package let recent: Int
        package let lastAttempt: Timestamp
        /// How long the next attempt has to wait; zero if it need not.
        package let wait: Duration
    }

    /// Whose attempts are counted.
    package enum Subject: Hashable, Sendable {
        /// Somebody of the names that were given.
        case name(UserName)
        /// A name that was not among them, by the beginning of its id.
        case otherName(String)
        /// The addresses themselves, under whatever names.
        case address
    }

    /// The counters that refused somebody within the last day, the latest attempt first.
    ///
    /// Names are not kept: `names` are those that are recognised. Costs a keyed hash for each of them, and reads for each
    /// counter; there are at most 1,000.
    package func list(_ names: [UserName], now: Timestamp) async throws(StoreError) -> [Listed] {
        let entries = try await log.entries()
        var known: [Octets16: UserName] = [:]
        if !entries.isEmpty {
            for name in names { known[try id(self.names.counted(name.text))] = name }
        }
        var found: [RefusalLog.Entry: Listed] = [:]
        for (entry, member) in entries where found[entry] == nil {
            guard let listed = try await listed(entry, known, now) else {
                try await log.remove(member)
                continue
            }
            found[entry] = listed
        }
        return found.values.sorted { $0.lastAttempt > $1.lastAttempt }
    }

    /// Forgets the failures of a name: everywhere, and from each address that was refused lately.
    ///
    /// Each known device keeps its own: nobody else can use those up. With the name go the people whom it turned out to mean, and
    /// `person`, if it is known who that is.
    package func clear(_ name: UTF8Text, of person: UserReference? = nil) async throws(StoreError) {
        let nameID = try id(names.counted(name))
        var ids: Set<Octets16> = [nameID]
        if let person { ids.insert(try id(person)) }
        let meant = keys.key(ofName: nameID, .persons)
        for member in try await store.members(of: meant) {
            if let id = Octets16(prefix: member.span) { ids.insert(id) }
        }
        let entries = try await log.entries()
        for (entry, _) in entries { if case .person(let id, nameID, _) = entry { ids.insert(id) } }
        var blocks: Set<Octets16> = []
        for (entry, member) in entries {
            switch entry {
            case .name(let id, let block) where ids.contains(id), .person(let id, _, let block) where ids.contains(id):
                blocks.insert(try self.id(block.octets))
                try await log.remove(member)
            case .name, .person, .block: continue
            }
        }
        for id in ids {
            // What was refused under the name was counted for the person, too. One slot of a cluster at a time.
            let scopes = [.everywhere, .mails, .devices] + blocks.map { ThrottleKeys.NameScope.from($0) }
            try await store.remove(scopes.map { keys.key(ofName: id, $0) })
        }
        try await store.remove([meant])
    }

    /// Forgets the failures of a block of addresses.
    package func clear(_ block: AddressBlock) async throws(StoreError) {
        let id = try id(block.octets)
        for (entry, member) in try await log.entries() where entry == .block(block) { try await log.remove(member) }
        try await store.remove(ThrottleKeys.BlockScope.allCases.map { keys.key(ofBlock: id, $0) })
    }

    /// `nil` if nothing is counted any more.
    private func listed(
        _ entry: RefusalLog.Entry, _ known: [Octets16: UserName], _ now: Timestamp
    ) async throws(StoreError) -> Listed? {
        let subject: Subject
        let from: AddressBlock
        let counters: [ThrottleCounter]
        switch entry {
        case .name(let id, let block), .person(let id, _, let block):
            let nameID = if case .person(_, let nameID, _) = entry { nameID } else { id }
            subject = known[nameID].map(Subject.name) ?? .otherName(SessionID(nameID).description)
            from = block
            counters = [
                ThrottleCounter(key: keys.key(ofName: id, .everywhere), rule: limits.account),
                ThrottleCounter(key: keys.key(ofName: id, .from(try self.id(block.octets))), rule: limits.pair),
            ]
        case .block(let block):
            subject = .address
            from = block
            let id = try id(block.octets)
            counters = [.strangers, .devices].map {
                ThrottleCounter(key: keys.key(ofBlock: id, $0), rule: limits.address)
            }
        }
        var recent = 0
        var last: Timestamp?
        var wait = Duration.zero
        for counter in counters {
            let state = ThrottleState(octets: try await store.value(for: counter.key) ?? [])
            recent = max(recent, state.recent(counter.rule, now: now))
            wait = max(wait, state.wait(counter.rule, now: now))
            if let latest = state.attempts.first { last = max(last ?? latest, latest) }
        }
        guard let last else { return nil }
        return Listed(subject: subject, block: from, recent: recent, lastAttempt: last, wait: wait)
    }
}
