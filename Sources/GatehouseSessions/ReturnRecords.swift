package import GatehouseCore

/// An address to come back to that is too long for the head of an answer: it waits in the store behind a short secret.
package struct ReturnRecord: SingleUseContent {
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
///
/// A check makes the record itself, on its event loop and without waiting (`SessionVault.returnKey`); here it is only opened, on
/// each page on the way, and nobody claims it: an address is no more worth for being used twice.
package struct ReturnRecords: Sendable {
    private let records: SingleUseStore<ReturnRecord>
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
        records = SingleUseStore(.wayBack, in: store, secrets: secrets)
        self.pause = pause
    }

    /// The address behind a secret; `nil` if it is over or never was.
    ///
    /// A check does not wait for the store before it sends somebody here, and a quick browser may come before the address
    /// does: one that is not there is asked for again, for a third of a second in all.
    /// - Throws: `SessionError.unavailable`; the person then goes to the start page.
    package func address(of token: SecretToken, now: Timestamp) async throws(SessionError) -> [UInt8]? {
        var finding = try await records.finding(of: token, now: now)
        for wait in ReturnRecords.waits {
            guard case .nothing = finding else { break }
            await pause(wait)
            finding = try await records.finding(of: token, now: now)
        }
        guard case .found(let record, _) = finding else { return nil }
        return record.address
    }
}
