package import GatehouseCore

/// Finding people by the names that they signed in under: no backend is asked, so it works while a directory is away.
extension SessionKeeper {
    /// Who signed in under a name, in whatever spelling, and may still have sessions.
    ///
    /// - Parameters:
    ///   - name: as the backend calls the person, which is what `Remote-User` says; not another name that they typed.
    ///   - backend: whose people are looked at.
    /// - Returns: usually one; several if the backend gave the name to somebody else meanwhile.
    /// - Throws: `SessionError.unavailable`.
    /// - Complexity: two reads of the store, and one for each further person of the name.
    package func people(
        named name: UTF8Text, of backend: BackendName
    ) async throws(SessionError) -> [Identity] {
        let key = try nameKey(name, of: backend)
        let members: [[UInt8]]
        do { members = try await store.members(of: key) } catch { throw unavailable(error) }
        var found: [Identity] = []
        for member in members {
            var identity: Identity?
            if let id = Octets16(prefix: member.span) {
                let record = try withVault { vault throws(SessionError) in vault.identityKey(id) }
                identity = try await storedIdentity(record).identity?.identity
            }
            if let identity, identity.user.backend == backend,
                names.folded(identity.name) == names.folded(UserName(name))
            {
                found.append(identity)
            } else {
                // Gone, or of another name by now, under which they are found.
                do { try await store.removeMember(member, from: key) } catch { throw unavailable(error) }
            }
        }
        return found
    }

    /// What is known of somebody who signed in; `nil` if nobody of this id did for as long as sessions live.
    package func person(_ user: UserReference) async throws(SessionError) -> Identity? {
        try await storedIdentity(try userKeys(user).identity).identity?.identity
    }

    /// Notes under which name somebody is found.
    func noteName(of identity: Identity) async throws(SessionError) {
        let key = try nameKey(identity.name.text, of: identity.user.backend)
        let member = try withVault { vault throws(SessionError) in
            do { return try vault.id(of: identity.user).octets } catch { throw unavailable(error) }
        }
        do { try await store.addMember(member, to: key, expiresIn: identityLifetime) } catch {
            throw unavailable(error)
        }
    }

    private func nameKey(_ name: UTF8Text, of backend: BackendName) throws(SessionError) -> RecordKey {
        try withVault { vault throws(SessionError) in
            do { return try vault.nameKey(names.folded(UserName(name)), of: backend) } catch {
                throw unavailable(error)
            }
        }
    }
}
