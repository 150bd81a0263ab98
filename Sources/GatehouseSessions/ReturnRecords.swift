package import GatehouseCore
internal import GatehouseCrypto

/// An address to come back to that is too long for the head of an answer: it waits in the store behind a short secret.
package struct ReturnRecord: RecordLayout {
    /// As the client sent it, not yet judged as a return address.
    package let address: [UInt8]
    package let endsAt: Timestamp

    /// How long somebody may take to sign in before the way back is forgotten.
    package static let lifetime = Duration.seconds(1_800)

    package init(address: [UInt8], endsAt: Timestamp) {
        self.address = address
        self.endsAt = endsAt
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        try writer.write(octets: address)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, ReturnRecord.versions), let endsAt = reader.timestamp(),
            let address = reader.octets(), reader.isFinished
        else { return nil }
        self.init(address: address, endsAt: endsAt)
    }
}

/// The addresses that checks put behind short secrets, for the portal.
package struct ReturnRecords: Sendable {
    private let store: any RecordStore
    private let secrets: SessionSecrets
    private let pause: @Sendable (Duration) async -> Void

    /// How long an address is waited for that is not there yet.
    private static let waits = [Duration.milliseconds(20), .milliseconds(80), .milliseconds(250)]

    /// - Parameters:
    ///   - store: where the addresses are.
    ///   - secrets: what they are sealed with.
    ///   - pause: waits; a test has other things to do.
    package init(
        store: any RecordStore, secrets: SessionSecrets,
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.secrets = secrets
        self.pause = pause
    }

    /// The address behind a secret; `nil` if it is over or never was.
    ///
    /// A check does not wait for the store before it sends somebody here, and a quick browser may come before the address
    /// does: one that is not there is asked for again, for a third of a second in all.
    /// - Throws: `SessionError.unavailable`; the person then goes to the start page.
    package func address(of token: SecretToken, now: Timestamp) async throws(SessionError) -> [UInt8]? {
        let key: RecordKey
        let vault: SessionVault
        do {
            vault = try secrets.makeVault()
            key = try vault.returnKey(token)
        } catch { throw .unavailable(reason: "\(error)") }
        var sealed = try await value(for: key)
        for wait in ReturnRecords.waits where sealed == nil {
            await pause(wait)
            sealed = try await value(for: key)
        }
        guard let sealed, let record = vault.returnRecord(in: sealed, of: key), now < record.endsAt else { return nil }
        return record.address
    }

    private func value(for key: RecordKey) async throws(SessionError) -> [UInt8]? {
        do { return try await store.value(for: key) } catch {
            switch error {
            case .unavailable(let reason): throw .unavailable(reason: reason)
            }
        }
    }
}
