internal import GatehouseCore

/// A session could not be looked up or changed.
package enum SessionError: Error, Equatable, CustomStringConvertible {
    /// The store or the cryptographic library gave no answer: 503, never "allow".
    case unavailable(reason: String)
    /// The identity does not fit into a record (65,535 groups, permissions or octets of a text): 500 with a log line.
    case tooLarge

    /// What a store says is said of the session.
    init(_ error: StoreError) {
        switch error {
        case .unavailable(let reason): self = .unavailable(reason: reason)
        }
    }

    package var description: String { reason }

    /// In words, for a log line or a person at a terminal.
    package var reason: String {
        switch self {
        case .unavailable(let reason): reason
        case .tooLarge: "the identity does not fit into a record"
        }
    }
}
