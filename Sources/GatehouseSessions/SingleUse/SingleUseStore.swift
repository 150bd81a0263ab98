package import GatehouseCore
internal import GatehouseCrypto

/// Records behind secrets that are used once: links, sign-ins that are not finished yet, places to come back to.
///
/// The store knows a keyed hash of the secret, with the kind in it and in the key, and the content sealed for that key and for
/// its state. So whoever reads the store finds no secret and nothing of what it stands for, and a record that was altered, moved
/// to another key or put under another kind is none.
///
/// A record is open, then claimed, then gone; what holds each step is one operation of `RecordStore`:
///
/// - `make` writes only where nothing stands (`ifMissing`): no secret takes another one's place.
/// - `claim` writes the claimed record over exactly the open one that it read (`ifEqual`), which the store compares and writes in
///   one step: of any number who claim at once, on any number of instances, one write counts. Whoever comes later finds a
///   record that is claimed.
/// - `release` is the same step back: over an ended record it writes nothing, so that nothing used up comes to life again.
/// - `end` removes the record, in whatever state; from then on there is nothing that a write with `ifEqual` could stand on.
///
/// A record is over at its `endsAt`, by this instance's clock, and the store forgets it then. Whoever claimed one and is gone
/// leaves it claimed until that moment: it is never used twice, rather than always once. The same holds for a claim whose answer
/// was lost on the way.
package struct SingleUseStore<Content: SingleUseContent>: Sendable {
    private let store: any RecordStore
    private let secrets: SessionSecrets
    private let kind: SecretKind

    /// - Parameters:
    ///   - kind: what the secrets are for; a kind has one type of content.
    ///   - store: where the records are.
    ///   - secrets: what they are named and sealed with.
    package init(_ kind: SecretKind, in store: any RecordStore, secrets: SessionSecrets) {
        self.kind = kind
        self.store = store
        self.secrets = secrets
    }

    /// Makes a secret and writes what it stands for.
    ///
    /// - Throws: `SessionError`: there is no secret then.
    package func make(_ content: Content, now: Timestamp) async throws(SessionError) -> SecretToken {
        guard let octets = try? SystemRandom.octets(32), let token = SecretToken(octets: octets) else {
            throw .unavailable(reason: "no random octets")
        }
        guard try await write(content, .open, for: try key(of: token), now: now, when: .ifMissing) else {
            throw .unavailable(reason: "the new secret's key is taken")
        }
        return token
    }

    /// What a secret stands for, as often as somebody asks; `nil` if it is claimed, over, or never was.
    ///
    /// - Throws: `SessionError.unavailable`: nobody knows.
    package func open(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Content? {
        guard case .found(let content, _) = try await finding(of: token, now: now) else { return nil }
        return content
    }

    /// What a secret stood for that somebody has claimed and not ended: it is of no more use, and may say where its way led.
    ///
    /// - Throws: `SessionError.unavailable`: nobody knows.
    package func claimed(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Content? {
        guard case .found(let content, _) = try await finding(of: token, in: .claimed, now: now) else { return nil }
        return content
    }

    /// Writes under a secret that was not made here, unless it stands for something already.
    ///
    /// - Returns: whether it did not.
    /// - Throws: `SessionError`: nobody knows.
    package func remember(
        _ token: SecretToken, _ content: Content, now: Timestamp
    ) async throws(SessionError) -> Bool {
        try await write(content, .open, for: try key(of: token), now: now, when: .ifMissing)
    }

    /// Changes what an open secret stands for, for as long as it stands.
    ///
    /// - Returns: whether it did; `false` if somebody claimed or changed it meanwhile, or if it stands for nothing.
    /// - Throws: `SessionError.unavailable`.
    package func change(
        _ token: SecretToken, now: Timestamp, _ changed: (Content) -> Content
    ) async throws(SessionError) -> Bool {
        guard case .found(let content, let value) = try await finding(of: token, now: now) else { return false }
        return try await write(changed(content), .open, for: try key(of: token), now: now, when: .ifEqual(value))
    }

    /// Takes a secret for whoever asks first.
    ///
    /// - Returns: what it stands for; `nil` if somebody else has it, or if it does not stand for anything.
    /// - Throws: `SessionError.unavailable`: it may be taken, and by nobody.
    package func claim(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Content? {
        try await move(token, from: .open, to: .claimed, now: now)
    }

    /// Gives a secret back whose use failed; called by whoever claimed it, and by nobody else.
    ///
    /// One that is open, over or ended stays so.
    package func release(_ token: SecretToken, now: Timestamp) async throws(SessionError) {
        _ = try await move(token, from: .claimed, to: .open, now: now)
    }

    /// Ends a secret for good; an unknown one is no error.
    package func end(_ token: SecretToken) async throws(SessionError) {
        let key = try key(of: token)
        do { try await store.remove([key]) } catch { throw SessionError(error) }
    }

    // MARK: - Records

    /// What the store has under a secret.
    enum Finding {
        case nothing
        /// A record that is over, in another state, or none at all.
        case void
        /// A record, and its sealed octets.
        case found(Content, [UInt8])
    }

    func finding(
        of token: SecretToken, in state: SingleUseState = .open, now: Timestamp
    ) async throws(SessionError) -> Finding {
        let key = try key(of: token)
        let value: [UInt8]?
        do { value = try await store.value(for: key) } catch { throw SessionError(error) }
        guard let value else { return .nothing }
        let content = try secrets.withVault { vault in vault.open(Content.self, value, state, of: key) }
        guard let content, now < content.endsAt else { return .void }
        return .found(content, value)
    }

    private func move(
        _ token: SecretToken, from: SingleUseState, to state: SingleUseState, now: Timestamp
    ) async throws(SessionError) -> Content? {
        guard case .found(let content, let value) = try await finding(of: token, in: from, now: now),
            try await write(content, state, for: try key(of: token), now: now, when: .ifEqual(value))
        else { return nil }
        return content
    }

    private func write(
        _ content: Content, _ state: SingleUseState, for key: RecordKey, now: Timestamp, when condition: WriteCondition
    ) async throws(SessionError) -> Bool {
        let sealed = try secrets.withVault { vault throws(SessionError) in try vault.seal(content, state, for: key) }
        do {
            return try await store.write(sealed, for: key, expiresIn: content.endsAt.since(now), when: condition)
        } catch {
            throw SessionError(error)
        }
    }

    private func key(of token: SecretToken) throws(SessionError) -> RecordKey {
        try secrets.withVault { vault throws(SessionError) in
            do { return try vault.key(kind, token) } catch { throw .unavailable(reason: "\(error)") }
        }
    }
}

/// Links for a new password, and sign-ins that are not finished yet.
package typealias SecretRecords = SingleUseStore<SecretContent>
