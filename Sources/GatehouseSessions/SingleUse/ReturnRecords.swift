package import GatehouseCore

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
