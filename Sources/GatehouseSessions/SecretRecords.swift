package import GatehouseCore
package import GatehouseCrypto

/// Records behind secrets that are used once: links for a new password, sign-ins that are not finished yet.
///
/// The store knows a keyed hash of the secret and the sealed content, under a kind of its own: none can act as another.
package struct SecretRecords: Sendable {
    private let store: any RecordStore
    private let lookup: LookupKey
    private let seal: SealKeyRing
    private let kind: SecretKind
    private let prefix: [UInt8]

    /// Every key in the store starts with `prefix`, usually `gh:`, and the kind.
    package init(store: any RecordStore, lookup: LookupKey, seal: SealKeyRing, prefix: String, kind: SecretKind) {
        self.store = store
        self.lookup = lookup
        self.seal = seal
        self.kind = kind
        self.prefix = Array("\(prefix)\(kind.rawValue):".utf8)
    }

    /// Makes a secret and writes what it stands for.
    package func make(_ content: SecretContent, now: Timestamp) async throws(SessionError) -> SecretToken {
        guard let octets = try? SystemRandom.octets(32), let token = SecretToken(octets: octets) else {
            throw .unavailable(reason: "no random octets")
        }
        let key = try key(token)
        let sealed: [UInt8]
        do { sealed = try seal.makeSealer().seal(try content.encoded(), name: key.bytes) } catch {
            throw SecretRecords.unavailable(error)
        }
        do {
            guard
                try await store.write(sealed, for: key, expiresIn: content.endsAt.since(now), when: .ifMissing)
            else { throw SessionError.unavailable(reason: "the new secret's key is taken") }
        } catch {
            throw SecretRecords.unavailable(error)
        }
        return token
    }

    /// What a secret stands for; `nil` if it is over, was used, or never was.
    package func content(of token: SecretToken, now: Timestamp) async throws(SessionError) -> SecretContent? {
        try await sealedContent(of: token, now: now)?.content
    }

    /// Uses a secret up: of two who do so at once, one gets what it stands for.
    package func take(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> SecretContent? {
        guard let (sealed, content) = try await sealedContent(of: token, now: now) else { return nil }
        let key = try key(token)
        do {
            guard try await store.write([], for: key, expiresIn: .seconds(60), when: .ifEqual(sealed)) else {
                return nil
            }
            try await store.remove([key])
        } catch {
            throw SecretRecords.unavailable(error)
        }
        return content
    }

    private func sealedContent(
        of token: SecretToken, now: Timestamp
    ) async throws(SessionError) -> (sealed: [UInt8], content: SecretContent)? {
        let key = try key(token)
        do {
            guard let sealed = try await store.value(for: key),
                let content = try seal.makeSealer().open(sealed, name: key.bytes).flatMap(
                    SecretContent.init(decoding:)),
                now < content.endsAt
            else { return nil }
            return (sealed, content)
        } catch {
            throw SecretRecords.unavailable(error)
        }
    }

    private func key(_ token: SecretToken) throws(SessionError) -> RecordKey {
        var bytes = prefix
        do { try lookup.makeHasher().id(of: token, kind: kind).appendBase64URL(to: &bytes) } catch {
            throw SecretRecords.unavailable(error)
        }
        return RecordKey(bytes)
    }

    private static func unavailable(_ error: any Error) -> SessionError {
        switch error {
        case let error as SessionError: error
        case StoreError.unavailable(let reason): .unavailable(reason: reason)
        default: .unavailable(reason: "\(error)")
        }
    }
}

/// What a secret that is used once stands for.
package struct SecretContent: RecordLayout {
    package let user: UserReference
    package let name: UserName
    /// A digest of everything about the account that must not have changed meanwhile.
    package let state: Octets16?
    package let isRemembered: Bool
    /// Where the person wanted to go; empty for nowhere.
    package let destination: UTF8Text
    package let endsAt: Timestamp

    package init(
        user: UserReference, name: UserName, state: Octets16?, isRemembered: Bool = false, destination: UTF8Text = "",
        endsAt: Timestamp
    ) {
        self.user = user
        self.name = name
        self.state = state
        self.isRemembered = isRemembered
        self.destination = destination
        self.endsAt = endsAt
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        try writer.write(user.backend.text)
        try writer.write(user.id)
        try writer.write(name.text)
        writer.write(state)
        writer.write(isRemembered)
        try writer.write(destination)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, SecretContent.versions), let endsAt = reader.timestamp(),
            let backend = reader.text(), let id = reader.text(), let name = reader.text(),
            let state = reader.credential(), let isRemembered = reader.flag(), let destination = reader.text(),
            reader.isFinished
        else { return nil }
        self.init(
            user: UserReference(backend: BackendName(backend), id: id), name: UserName(name), state: state.value,
            isRemembered: isRemembered, destination: destination, endsAt: endsAt)
    }
}
