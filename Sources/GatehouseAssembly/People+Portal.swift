package import GatehouseConfig
internal import GatehouseCore
package import GatehousePeople
package import GatehousePortal

/// What the portal is given of the people in the database: the doors of its visitors, and none of an administrator's.
extension OwnAccounts {
    /// Passwords that their owners change.
    package var portalPasswords: PeoplePasswords {
        PeoplePasswords(
            backend: People.backendName, hints: hints,
            account: { id async throws(BackendError) in try await account(of: id) },
            meant: { typed async throws(BackendError) in try await accounts(meant: typed) },
            change: { account, password async throws(BackendError) in
                switch try await changePassword(of: account, to: password) {
                case .changed(let identity): .changed(identity)
                case .refused(let problems): .refused(problems)
                case .outdated: .outdated
                }
            })
    }
}

extension Arrivals {
    /// Signing in by a header, as the configuration wants it; `nil` if it wants none.
    package func remoteSignIn(_ backends: [BackendTable]) -> RemoteSignIn? {
        let remote = backends.compactMap { table in
            if case .remoteHeader(let remote) = table.kind { remote } else { nil }
        }.first
        guard let remote else { return nil }
        return RemoteSignIn(header: remote.header, peers: TrustedProxies(networks: remote.networks)) {
            value async throws(BackendError) in
            guard let name = remote.subject.name(in: value) else { return nil }
            return try await person(name, makesUnknown: remote.createsUnknown)
        }
    }
}
