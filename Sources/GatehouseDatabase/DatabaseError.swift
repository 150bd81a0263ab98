/// The database did not do what was asked.
package enum DatabaseError: Error, Equatable, CustomStringConvertible {
    /// It cannot be opened or gave no answer in time: 503 for the visitor, exit 3 for the operator.
    case unavailable(reason: String)
    /// A statement failed: a missing table, a broken rule, a full disk.
    case failed(reason: String)
    /// A row with this name exists already.
    case duplicate
    /// A name that Django would not take.
    case invalidName(reason: String)
    /// There is no such row.
    case notFound

    package var description: String {
        switch self {
        case .unavailable(let reason), .failed(let reason), .invalidName(let reason): reason
        case .duplicate: "there is one of this name already"
        case .notFound: "there is none"
        }
    }
}
