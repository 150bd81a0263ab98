package import GatehouseCore

/// A session with the person it belongs to.
package struct OwnedSession: Equatable, Sendable {
    package let owner: Identity
    package let listed: ListedSession

    package init(owner: Identity, listed: ListedSession) {
        self.owner = owner
        self.listed = listed
    }
}

/// The sessions that began last, whoever they belong to: a bounded set beside the records, since a store has no other way to list
/// what it holds.
extension SessionKeeper {
    /// The sign-ins among which live sessions are looked for.
    package static let mostNewest = 1_000

    /// The live sessions among the last `mostNewest` sign-ins, the newest first.
    ///
    /// - Parameters:
    ///   - limit: the most that are listed.
    ///   - now: the moment at which they are alive.
    /// - Returns: what was found.
    /// - Throws: `SessionError.unavailable`.
    /// - Complexity: three reads of the store for each session that is listed, one for each that ended.
    package func newest(_ limit: Int, now: Timestamp) async throws(SessionError) -> [OwnedSession] {
        let key = try newestKey()
        var found: [OwnedSession] = []
        for member in try await newestMembers(key).reversed() where found.count < limit {
            let octets = Array(member.dropFirst(8))
            guard let id = Octets16(prefix: octets.span).map({ SessionID($0) }),
                let session = try await session(behind: id),
                let stored = try await storedIdentity(try userKeys(session.user).identity).identity,
                session.isAlive(with: stored, at: now)
            else {
                do { try await store.removeMember(member, from: key) } catch { throw unavailable(error) }
                continue
            }
            let listed = ListedSession(id: id, session: session, origin: try await origin(of: id))
            found.append(OwnedSession(owner: stored.identity, listed: listed))
        }
        return found
    }

    /// Notes a new session.
    ///
    /// What goes wrong with it changes nothing for the sign-in.
    func noteNewest(_ id: SessionID, signedInAt moment: Timestamp) async {
        guard let key = try? newestKey() else { return }
        var member: [UInt8] = []
        let milliseconds = UInt64(clamping: moment.milliseconds)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            member.append(UInt8(truncatingIfNeeded: milliseconds >> shift))
        }
        try? await store.addMember(member + id.octets.octets, to: key, expiresIn: identityLifetime)
        // Ids are random: one sign-in in sixteen takes out what is too much, whichever instance it came to.
        guard id.octets.low.isMultiple(of: 16), let members = try? await newestMembers(key) else { return }
        for member in members.dropLast(SessionKeeper.mostNewest) { try? await store.removeMember(member, from: key) }
    }

    /// The entries, the oldest first: the moment in eight octets, then the id.
    private func newestMembers(_ key: RecordKey) async throws(SessionError) -> [[UInt8]] {
        do { return try await store.members(of: key).sorted { $0.lexicographicallyPrecedes($1) } } catch {
            throw unavailable(error)
        }
    }

    private func newestKey() throws(SessionError) -> RecordKey {
        try withVault { vault throws(SessionError) in vault.newestKey }
    }
}
