internal import GatehouseCore
internal import GatehouseCrypto
internal import Synchronization

/// Tells once of each person whose stored hash can match nothing: else it would look like a wrong password for ever.
final class HashRemarks: Sendable {
    /// Beyond so many people nobody reads every line.
    private static let most = 1_000

    private let told = Mutex<Set<UTF8Text>>([])
    private let report: @Sendable (UserName, HashRefusal) -> Void

    init(report: @escaping @Sendable (UserName, HashRefusal) -> Void) { self.report = report }

    /// Looks at the hash of a password that did not match; what Django marks as no password is none, and no news.
    func note(_ account: Account, _ hashers: PasswordHashers) {
        let encoded = account.encodedPassword
        guard !encoded.isEmpty, encoded.utf8.first != UInt8(ascii: "!"), let refusal = hashers.refusal(of: encoded)
        else { return }
        let isNew = told.withLock { told in
            told.count < HashRemarks.most && told.insert(account.id).inserted
        }
        if isNew { report(account.name, refusal) }
    }
}
