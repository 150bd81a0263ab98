package import GatehouseCore
package import GatehouseCrypto

/// Everything that turns cookies into keys and records into sessions: the two keys and the prefix of the store's keys.
package struct SessionSecrets: Sendable {
    private let lookup: LookupKey
    private let seal: SealKeyRing
    private let prefix: [UInt8]

    /// Every key in the store starts with `prefix`, usually `gh:`.
    package init(lookup: LookupKey, seal: SealKeyRing, prefix: String) {
        self.lookup = lookup
        self.seal = seal
        self.prefix = Array(prefix.utf8)
    }

    /// `gh:probe`: written and read to see whether the store works; holds the lookup key's mark.
    package var probeKey: RecordKey { RecordKey(prefix + Array("probe".utf8)) }

    /// How the keys of all sessions begin, and those of nothing else.
    package var sessionPrefix: [UInt8] { prefix + Array("s:".utf8) }

    /// What `probe` writes: a version octet and the mark of the lookup key.
    func probeValue() throws(CryptoError) -> [UInt8] { try [2] + lookup.makeMark() }

    /// Whether whoever probed the store last has the same lookup key; `nil` where that is not known.
    package func isOwn(probe value: [UInt8]?) -> Bool? {
        guard let value, value.first == 2, let own = try? probeValue() else { return nil }
        return value == own
    }

    /// Makes a vault for one event loop, or for one use elsewhere.
    package func makeVault() throws(CryptoError) -> SessionVault {
        SessionVault(
            hasher: try lookup.makeHasher(), sealer: try seal.makeSealer(), prefix: prefix, sessionPrefix: sessionPrefix
        )
    }

    /// Uses a vault for a moment: OpenSSL's contexts may not cross threads, and what is done with one costs far more than making it.
    func withVault<Result>(
        _ body: (SessionVault) throws(SessionError) -> Result
    ) throws(SessionError) -> Result {
        let vault: SessionVault
        do { vault = try makeVault() } catch { throw .unavailable(reason: "\(error)") }
        return try body(vault)
    }
}

/// Names, seals and opens the records of sessions and identities.
///
/// Not `Sendable`: its OpenSSL contexts belong to one event loop. Every function is synchronous and costs microseconds.
package final class SessionVault {
    private let hasher: LookupHasher
    private let sealer: RecordSealer
    private let prefix: [UInt8]
    private let sessionPrefix: [UInt8]
    private let identityPrefix: [UInt8]
    private let userSessionsPrefix: [UInt8]
    private let originPrefix: [UInt8]
    private let namePrefix: [UInt8]
    private let providerPrefix: [UInt8]
    private let recheckPrefix: [UInt8]
    private let externalPrefix: [UInt8]
    /// `gh:sn`: the sessions that began last.
    let newestKey: RecordKey

    init(hasher: LookupHasher, sealer: RecordSealer, prefix: [UInt8], sessionPrefix: [UInt8]) {
        self.hasher = hasher
        self.sealer = sealer
        self.prefix = prefix
        self.sessionPrefix = sessionPrefix
        identityPrefix = prefix + Array("u:{".utf8)
        userSessionsPrefix = prefix + Array("us:{".utf8)
        originPrefix = prefix + Array("so:".utf8)
        namePrefix = prefix + Array("un:{".utf8)
        providerPrefix = prefix + Array("ot:".utf8)
        recheckPrefix = prefix + Array("or:".utf8)
        externalPrefix = prefix + Array("x:".utf8)
        newestKey = RecordKey(prefix + Array("sn".utf8))
    }

    package func id(of token: SecretToken) throws(CryptoError) -> SessionID {
        SessionID(try hasher.id(of: token, kind: .session))
    }

    /// The id under which a user's records are kept.
    package func id(of user: UserReference) throws(CryptoError) -> Octets16 { try hasher.id(of: user) }

    /// `gh:s:<id>`: a session.
    package func sessionKey(_ id: SessionID) -> RecordKey { key(sessionPrefix, id) }

    /// `gh:so:<id>`: where a session began.
    func originKey(_ id: SessionID) -> RecordKey { key(originPrefix, id) }

    /// `gh:ot:<id>`: what is kept of the provider that a session began at.
    func providerKey(_ id: SessionID) -> RecordKey { key(providerPrefix, id) }

    /// `gh:or:<id>`: who is asking that provider about the session now.
    func recheckKey(_ id: SessionID) -> RecordKey { key(recheckPrefix, id) }

    /// `gh:x:<id>`: the sessions of a person of a provider, or of a session there.
    func externalKey(_ octets: [UInt8]) throws(CryptoError) -> RecordKey {
        key(externalPrefix, SessionID(try hasher.id(of: octets, kind: .external)))
    }

    /// `gh:w:<id>`: an address to come back to.
    package func returnKey(_ token: SecretToken) throws(CryptoError) -> RecordKey { try key(.wayBack, token) }

    /// `gh:<kind>:<id>`: what a secret of a kind stands for that is used once.
    func key(_ kind: SecretKind, _ token: SecretToken) throws(CryptoError) -> RecordKey {
        key(prefix + Array("\(kind.rawValue):".utf8), SessionID(try hasher.id(of: token, kind: kind)))
    }

    private func key(_ prefix: [UInt8], _ id: SessionID) -> RecordKey {
        var bytes = prefix
        bytes.reserveCapacity(bytes.count + 22)
        id.octets.appendBase64URL(to: &bytes)
        return RecordKey(bytes)
    }

    /// `gh:u:{<uid>}`: a user's identity.
    package func identityKey(_ user: Octets16) -> RecordKey { RecordKey(tagged(identityPrefix, user)) }

    /// `gh:us:{<uid>}`: the ids of a user's sessions.
    package func userSessionsKey(_ user: Octets16) -> RecordKey { RecordKey(tagged(userSessionsPrefix, user)) }

    /// `gh:un:{<nid>}`: the ids of the users who signed in under a name; `folded` is the form in which its spellings are one.
    func nameKey(_ folded: [UInt8], of backend: BackendName) throws(CryptoError) -> RecordKey {
        RecordKey(tagged(namePrefix, try hasher.id(of: backend.text.bytes + [0] + folded, kind: .name)))
    }

    private func tagged(_ prefix: [UInt8], _ user: Octets16) -> [UInt8] {
        var bytes = prefix
        bytes.reserveCapacity(bytes.count + 23)
        user.appendBase64URL(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    package func seal(_ session: Session, for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(try session.encoded(), for: key)
    }

    package func seal(_ identity: StoredIdentity, for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(try identity.encoded(), for: key)
    }

    package func seal(_ record: ReturnRecord, for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(record, .open, for: key)
    }

    func seal(
        _ content: some SingleUseContent, _ state: SingleUseState, for key: RecordKey
    ) throws(SessionError) -> [UInt8] {
        try seal(try content.encoded(), as: state.name(of: key))
    }

    /// The content of a record in a state, under the same conditions as a session.
    func open<Content: SingleUseContent>(
        _: Content.Type, _ sealed: [UInt8], _ state: SingleUseState, of key: RecordKey
    ) -> Content? {
        sealer.open(sealed, name: state.name(of: key)).flatMap(Content.init(decoding:))
    }

    func seal(_ origin: SessionOrigin, for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(try origin.encoded(), for: key)
    }

    /// Where a session began, under the same conditions as the session itself.
    func origin(in sealed: [UInt8], of key: RecordKey) -> SessionOrigin? {
        sealer.open(sealed, name: key.bytes).flatMap(SessionOrigin.init(decoding:))
    }

    func seal(_ kept: ProviderRecord, for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(try kept.encoded(), for: key)
    }

    /// What is kept of a provider, under the same conditions as the session itself.
    func providerRecord(in sealed: [UInt8], of key: RecordKey) -> ProviderRecord? {
        sealer.open(sealed, name: key.bytes).flatMap(ProviderRecord.init(decoding:))
    }

    private func seal(_ plain: [UInt8], for key: RecordKey) throws(SessionError) -> [UInt8] {
        try seal(plain, as: key.bytes)
    }

    private func seal(_ plain: [UInt8], as name: [UInt8]) throws(SessionError) -> [UInt8] {
        let sealed: [UInt8]
        do { sealed = try sealer.seal(plain, name: name) } catch {
            throw .unavailable(reason: "sealing: \(error)")
        }
        guard sealed.count <= RecordSealer.maxSealedLength else { throw .tooLarge }
        return sealed
    }

    /// The session of a value; `nil` if the value was altered, moved or belongs to another key ring: no session.
    package func session(in sealed: [UInt8], of key: RecordKey) -> Session? {
        sealer.open(sealed, name: key.bytes).flatMap(Session.init(decoding:))
    }

    /// The identity of a value, under the same conditions.
    package func identity(in sealed: [UInt8], of key: RecordKey) -> StoredIdentity? {
        sealer.open(sealed, name: key.bytes).flatMap(StoredIdentity.init(decoding:))
    }
}

extension Session {
    /// Whether the session is alive together with the identity that was found for it.
    package func isAlive(with stored: StoredIdentity, at now: Timestamp) -> Bool {
        !isExpired(at: now) && belongs(to: stored)
    }

    /// Whether the identity is that of the session's user, in the epoch of the sign-in.
    package func belongs(to stored: StoredIdentity) -> Bool { stored.identity.user == user && stored.epoch == epoch }
}
