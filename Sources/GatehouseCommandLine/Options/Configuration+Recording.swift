internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehousePeople

extension Configuration {
    /// Changes something about people; what stands although the sessions could not be told is written down, too.
    func recording<Change>(_ work: () async throws -> Change) async throws -> Change {
        do { return try await work() } catch {
            if case PeopleError.unfollowed(let unfollowed) = error, let event = unfollowed.event { audit(event) }
            throw error
        }
    }
}
