package import GatehouseCore
internal import GatehouseCrypto

/// An address to come back to that is too long for the head of an answer: it waits in the store behind a short secret.
package struct ReturnRecord: Equatable, Sendable {
    /// As the client sent it, not yet judged as a return address.
    package let address: [UInt8]
    package let endsAt: Timestamp

    /// How long somebody may take to sign in before the way back is forgotten.
    package static let lifetime = Duration.seconds(1_800)
    private static let version: UInt8 = 1

    package init(address: [UInt8], endsAt: Timestamp) {
        self.address = address
        self.endsAt = endsAt
    }

    func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: ReturnRecord.version)
        writer.write(endsAt)
        try writer.write(octets: address)
        return writer.bytes
    }

    init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, version: ReturnRecord.version), let endsAt = reader.timestamp(),
            let address = reader.octets(), reader.isFinished
        else { return nil }
        self.init(address: address, endsAt: endsAt)
    }
}

/// The addresses that checks put behind short secrets, for the portal.
package struct ReturnRecords: Sendable {
    private let store: any RecordStore
    private let secrets: SessionSecrets

    package init(store: any RecordStore, secrets: SessionSecrets) {
        self.store = store
        self.secrets = secrets
    }

    /// The address behind a secret; `nil` if it is over or never was.
    ///
    /// - Throws: `SessionError.unavailable`; the person then goes to the start page.
    package func address(of token: SecretToken, now: Timestamp) async throws(SessionError) -> [UInt8]? {
        let key: RecordKey
        let vault: SessionVault
        do {
            vault = try secrets.makeVault()
            key = try vault.returnKey(token)
        } catch { throw .unavailable(reason: "\(error)") }
        let sealed: [UInt8]?
        do { sealed = try await store.value(for: key) } catch {
            switch error {
            case .unavailable(let reason): throw .unavailable(reason: reason)
            }
        }
        guard let sealed, let record = vault.returnRecord(in: sealed, of: key), now < record.endsAt else { return nil }
        return record.address
    }
}
