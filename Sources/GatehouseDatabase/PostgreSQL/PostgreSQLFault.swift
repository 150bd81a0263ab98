/// What an error of the server means for whoever asked, by its SQLSTATE (PostgreSQL, appendix A).
struct PostgreSQLFault: Equatable {
    /// Whether the same question may get an answer if it is put once more.
    enum Remedy: Equatable {
        case none
        /// On the same connection: a table changed beneath the question, or somebody else came in between.
        case askAgain
        /// On a fresh connection only: this one ended, or leads to the wrong server.
        case reconnect
    }

    let error: DatabaseError
    let remedy: Remedy

    init(error: DatabaseError, remedy: Remedy) {
        self.error = error
        self.remedy = remedy
    }

    init(state: String, message: String) {
        let reason = "\(message) (SQLSTATE \(state))"
        remedy = PostgreSQLFault.remedy(state)
        switch state.prefix(2) {
        case "08", "53", "57", "58": error = .unavailable(reason: reason)
        case "40", "55", "XX": error = .unavailable(reason: reason)
        case "23" where state == "23505": error = .duplicate
        case "25" where remedy == .reconnect: error = .unavailable(reason: reason)
        case "42" where state == "42501": error = .forbidden(reason: reason)
        // Messages about data repeat the data.
        case "22": error = .failed(reason: "a value was refused (SQLSTATE \(state))")
        default: error = .failed(reason: reason)
        }
    }

    private static func remedy(_ state: String) -> Remedy {
        switch state {
        // A plan of before, a statement that is not there or there twice, a table or column that is just being replaced, and
        // what PostgreSQL says of a table that went while it was looked at.
        case "0A000", "26000", "42P05", "42P01", "42703", "XX000": .askAgain
        // Two who waited for each other, or changed the same.
        case "40001", "40P01": .askAgain
        // The server or the database goes, or nobody used the session for too long.
        case "57P01", "57P02", "57P03", "57P04", "57P05", "25P03": .reconnect
        // A server that takes no writes any more: another one is in charge now.
        case "25006": .reconnect
        // Also how poolers say that the server behind them is gone.
        default: state.hasPrefix("08") ? .reconnect : .none
        }
    }
}
