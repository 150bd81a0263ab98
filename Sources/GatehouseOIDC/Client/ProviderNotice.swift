/// Something about a provider that an operator may want to know or count; no secret is in it.
package enum ProviderNotice: Equatable, Sendable {
    /// A call came to an end after so long, good or not.
    case called(isAnswered: Bool, after: Duration)
    /// After several failures in a row nothing is asked for a while.
    case heldBack(reason: String)
    case backAgain
    /// New metadata or keys came and were not taken, or none came: those from before stay.
    case kept(what: What, reason: String)

    package enum What: String, Sendable, CaseIterable {
        case metadata, keys
    }
}
