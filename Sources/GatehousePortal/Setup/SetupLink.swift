package import GatehouseCore
package import GatehouseSessions

/// The secrets of links that lead to the page for the first administrator.
///
/// A link works for an hour and once.
package struct SetupLink: Sendable {
    private let records: SingleUseStore<SetupContent>

    /// How long a link works.
    package static let lifetime = Duration.seconds(3_600)

    package init(store: any RecordStore, secrets: SessionSecrets) {
        records = SingleUseStore(.setup, in: store, secrets: secrets)
    }

    /// Makes a link's secret.
    ///
    /// - Throws: `SessionError.unavailable`: there is no link then.
    package func make(now: Timestamp) async throws(SessionError) -> SecretToken {
        try await records.make(SetupContent(endsAt: now.advanced(by: SetupLink.lifetime)), now: now)
    }

    /// Whether a link can be used now.
    func isOpen(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Bool {
        try await records.open(token, now: now) != nil
    }

    /// Takes a link, so that nobody else can use it.
    ///
    /// - Returns: `false` if somebody else has, or if it does not work any more.
    func claim(_ token: SecretToken, now: Timestamp) async throws(SessionError) -> Bool {
        try await records.claim(token, now: now) != nil
    }

    /// Gives a link back that was of no use.
    func release(_ token: SecretToken, now: Timestamp) async throws(SessionError) {
        try await records.release(token, now: now)
    }

    /// Ends a link.
    func end(_ token: SecretToken) async throws(SessionError) { try await records.end(token) }
}
