package import GatehouseCore
package import GatehouseSystem

/// What a new password must be like: validators in the configured order, as Django's `AUTH_PASSWORD_VALIDATORS`.
///
/// Nothing here is asked at sign-in; hashes in store are verified whatever the policy says.
package struct PasswordPolicy: Sendable {
    /// One entry of the list.
    package enum Rule: Sendable {
        case validator(any PasswordValidator)
        /// None of the last passwords; that it is not the current one, no rule has to say.
        case history(remembered: Int)
    }

    package let rules: [Rule]

    /// The longest new password, in code points; checked before everything else.
    package static let maxLength = 256

    package init(_ rules: [Rule]) { self.rules = rules }

    /// How many earlier passwords are compared; 0 if the list has no `history`.
    package var remembered: Int {
        rules.reduce(0) { most, rule in
            if case .history(let count) = rule { max(most, count) } else { most }
        }
    }

    /// What people are told before they choose, in the order of the rules.
    package var helpTexts: [String] {
        rules.map { rule in
            switch rule {
            case .validator(let validator): validator.helpText
            case .history: "Your password can’t be one that you used before."
            }
        }
    }

    /// Everything that stands against a new password, without its history.
    ///
    /// May take some milliseconds and read a file: never call it on an event loop. Without a `person` likeness is not judged.
    /// There is at most one problem per rule, in their order; none if the password may be set.
    package func problems(_ password: Password, of person: PersonAttributes?) -> [PasswordProblem] {
        (stepwise(password, of: person) ?? [PasswordPolicy.tooLong]).compactMap { $0 }
    }

    /// Everything that stands against a new password, also that it is the present one or was used before.
    ///
    /// That it is the present one stands against it whatever the rules are: who has to choose another one has not done so, and
    /// a mail about a change would be wrong. The work is done on the pool: one job, one for the present hash and one for each
    /// remembered one. `past` is what the person had, `nil` for
    /// somebody new. If the history gives no answer or the pool is full, there is an error: set no password then.
    package func problems(
        _ password: Password, of person: PersonAttributes?, past: PastPasswords?, on pool: WorkerPool
    ) async throws(BackendError) -> [PasswordProblem] {
        let policy = self
        guard var steps = try await pool.run(memoryKiB: 0, { policy.stepwise(password, of: person) }) else {
            return [PasswordPolicy.tooLong]
        }
        // Comparing costs a hash for each: not for a password that will not be taken anyway.
        guard steps.allSatisfy({ $0 == nil }) else { return steps.compactMap { $0 } }
        if let past, try await past.isCurrent(password, on: pool) { return [PasswordPolicy.unchanged] }
        for (index, rule) in rules.enumerated() {
            guard let past, case .history(let count) = rule else { continue }
            guard try await past.contains(password, remembered: count, on: pool) else { continue }
            steps[index] = PasswordPolicy.reused
        }
        return steps.compactMap { $0 }
    }

    /// One entry for each rule; `nil` for a password beyond the cap, which no rule looks at.
    private func stepwise(_ password: Password, of person: PersonAttributes?) -> [PasswordProblem?]? {
        guard password.bytes.count <= Password.maxLength else { return nil }
        let candidate = PasswordCandidate(password)
        guard candidate.scalars.count <= PasswordPolicy.maxLength else { return nil }
        return rules.map { rule in
            if case .validator(let validator) = rule { validator.problem(with: candidate, of: person) } else { nil }
        }
    }

    private static let tooLong = PasswordProblem.tooLong(maximum: maxLength)
    private static let unchanged = PasswordProblem(
        code: "password_unchanged", message: "This is the present password. The new one must be another.")
    private static let reused = PasswordProblem(
        code: "password_reused", message: "You have used this password before.")
}
