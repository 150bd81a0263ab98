internal import GatehouseCore

/// Where sessions began, beside them.
extension SessionKeeper {
    /// Writes where a session began.
    func note(_ origin: SessionOrigin, of id: SessionID, lifetime: Duration) async throws(SessionError) {
        let key = try originKey(id)
        let sealed = try withVault { vault throws(SessionError) in try vault.seal(origin, for: key) }
        _ = try await write(sealed, key, expiresIn: lifetime, .always)
    }

    /// Where a session began; `nil` if that is not known.
    func origin(of id: SessionID) async throws(SessionError) -> SessionOrigin? {
        let key = try originKey(id)
        guard let sealed = try await value(key) else { return nil }
        return try withVault { vault throws(SessionError) in vault.origin(in: sealed, of: key) }
    }

    func originKey(_ id: SessionID) throws(SessionError) -> RecordKey {
        try withVault { vault throws(SessionError) in vault.originKey(id) }
    }
}
