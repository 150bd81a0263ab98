package import GatehouseCore

/// A backend whose people get groups and permissions of the database by the groups that they have elsewhere.
package struct MappedBackend: Backend {
    private let backend: any Backend
    private let mapping: GroupMapping
    private let unmatched: UnmatchedGroups?
    private let grants: @Sendable ([GroupName]) async throws(BackendError) -> GroupGrants

    package var name: BackendName { backend.name }

    /// - Parameters:
    ///   - backend: who knows the people.
    ///   - mapping: what their groups mean here.
    ///   - unmatched: notices names of the mapping that match nobody.
    ///   - grants: what groups of the database bring; asked at each sign-in and refresh.
    package init(
        _ backend: any Backend, mapping: GroupMapping, unmatched: UnmatchedGroups? = nil,
        grants: @escaping @Sendable ([GroupName]) async throws(BackendError) -> GroupGrants
    ) {
        self.backend = backend
        self.mapping = mapping
        self.unmatched = unmatched
        self.grants = grants
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let result = try await backend.authenticate(credentials)
        guard case .authenticated(let identity) = result else { return result }
        return .authenticated(try await mapped(identity))
    }

    /// A backend that cannot be asked again answers with what was known, which was mapped already.
    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        let identity = try await backend.identity(of: user, known: known)
        guard let identity, identity !== known else { return identity }
        return try await mapped(identity)
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        try await backend.currentCredentials(of: name)
    }

    private func mapped(_ identity: Identity) async throws(BackendError) -> Identity {
        unmatched?.note(identity.groups)
        let local = mapping.mapped(identity.groups)
        return mapping.applied(to: identity, bringing: local.isEmpty ? GroupGrants() : try await grants(local))
    }
}
