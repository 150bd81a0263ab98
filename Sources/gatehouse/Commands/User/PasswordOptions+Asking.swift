internal import GatehouseCore

extension PasswordOptions {
    /// How often somebody at a terminal may try.
    private static let tries = 5

    /// A password that nothing stands against: read, or asked for at the terminal until it is good enough.
    ///
    /// - Parameter problems: what stands against a password, in sentences; not asked where the rules do not count.
    /// - Returns: the password.
    /// - Throws: `Failure.refused` with what stands against the last one.
    func new(_ problems: (Password) async throws(Failure) -> [String]) async throws(Failure) -> Password {
        let isTyped = !fromStandardInput && file == nil
        var reasons = ""
        for attempt in 1...(isTyped ? PasswordOptions.tries : 1) {
            do throws(Failure) {
                let typed = try new()
                reasons = ignoreRules ? "" : try await problems(typed).joined(separator: " ")
                if reasons.isEmpty { return typed }
            } catch {
                // The two that were typed differ.
                guard isTyped, error.code == ExitStatus.refused else { throw error }
                reasons = error.message
            }
            if isTyped, attempt < PasswordOptions.tries { Terminal.complain(reasons) }
        }
        throw .refused(reasons)
    }
}
