package import GatehouseCore

/// The database that imported people go to.
package protocol PeopleWriter {
    /// Which of these people clash with somebody in the database, by their position in `people`.
    ///
    /// Names clash that are equal after case folding. Fast for 100,000 people.
    func existing(_ people: [ImportedPerson]) async throws(ImportError) -> [Int: ExistingName]

    /// Writes all of them in one transaction, or none.
    ///
    /// Groups and permissions that do not exist are made. What a person leaves open (`nil`) becomes Django's default for a
    /// new one (active, no password that could match) and stays as it is for an existing one.
    /// - Parameters:
    ///   - people: each with a name in the stored form, no two the same.
    ///   - updatesExisting: whether people of exactly the same name are changed; else one that exists is refused.
    ///   - progress: told after each batch how many people are done; may be called on any thread.
    /// - Returns: what was done.
    /// - Throws: `ImportError.refused` or `ImportError.unavailable`, with nothing written.
    func write(
        _ people: [ImportedPerson], updatesExisting: Bool, progress: @escaping @Sendable (Int) -> Void
    ) async throws(ImportError) -> ImportOutcome
}

/// How a name that is to be imported stands in the database already.
package enum ExistingName: Equatable, Sendable {
    /// In exactly this spelling: the person can be updated.
    case same
    /// In another letter case: neither of the two may be made beside the other.
    case otherSpelling(UserName)
}

/// What a transaction of the import did.
package struct ImportOutcome: Equatable, Sendable {
    /// How many people were made.
    package var made = 0
    /// The existing people who are not any more what they were, each with its primary key.
    package var updated: [UpdatedPerson] = []
    /// How many existing people were already as the file says.
    package var unchanged = 0
    /// How many secrets of one-time passwords were kept.
    package var factors = 0
    /// The groups that were made along the way.
    package var groups: [GroupName] = []
    /// The permissions that were made along the way.
    package var permissions: [PermissionName] = []

    package init() {}
}

/// An existing person whom the import changed; their running sessions must follow.
package struct UpdatedPerson: Equatable, Sendable {
    /// The primary key as text.
    package let id: UTF8Text
    /// Whether the password changed or the person is inactive now: all sessions end, instead of learning the new facts.
    package let endsSessions: Bool

    package init(id: UTF8Text, endsSessions: Bool) {
        self.id = id
        self.endsSessions = endsSessions
    }
}
