internal import GatehouseCore
internal import GatehouseDatabase

extension People {
    /// Everybody's name, as far as the tables are ours.
    func names() async throws(Failure) -> [UserName] {
        guard store.isManaged else { return [] }
        return try await administer("") { administration in
            var names: [UserName] = []
            try await administration.users(UserFilter()) { page in names += page.map(\.name) }
            return names
        }
    }
}
