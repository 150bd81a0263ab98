package import GatehouseCore
private import GatehouseCrypto

/// Refuses passwords that were found in data breaches, by a filter that the operator supplies.
package struct BreachedValidator: PasswordValidator {
    private let filter: BreachFilter

    package init(filter: BreachFilter) { self.filter = filter }

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        guard let digest = SHA1.digest(candidate.password.bytes), let isKnown = filter.contains(digest) else {
            // What cannot be looked up is not let through.
            return PasswordProblem(
                code: "password_unchecked",
                message: "This password could not be compared with leaked ones. Try again later.")
        }
        guard isKnown else { return nil }
        return PasswordProblem(
            code: "password_breached",
            message: "This password was found in a data breach. Choose one that you use nowhere else.")
    }

    package var helpText: String { "Your password can’t be one that was found in a data breach." }
}
