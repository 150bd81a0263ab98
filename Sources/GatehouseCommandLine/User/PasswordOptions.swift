internal import ArgumentParser
internal import GatehouseCore
private import GatehouseCrypto
private import GatehousePasswords
internal import GatehousePeople
internal import GatehouseTerminal

/// Where a password comes from: never from an argument, which other people on the machine can read.
struct PasswordOptions: ParsableArguments {
    @Flag(name: .customLong("password-stdin"), help: "Read the password from standard input, up to the line's end.")
    var fromStandardInput = false

    @Flag(name: .long, help: "Take the password whatever the rules for new passwords say, and be it the present one.")
    var ignoreRules = false

    @Option(name: .customLong("password-file"), help: "Read the password from the first line of this file.")
    var file: String?

    /// A new password that nobody judges, or not yet; asked for twice on a terminal, until both are the same.
    func new() throws(Failure) -> Password {
        if let given = try given() { return given }
        for _ in 1..<PasswordOptions.tries {
            if let typed = try Terminal.newPassword() { return typed }
            Terminal.complain(PasswordOptions.differ)
        }
        if let typed = try Terminal.newPassword() { return typed }
        throw .refused("\(PasswordOptions.differ) Nothing was changed.")
    }

    /// A password that exists, asked once on a terminal.
    func existing() throws(Failure) -> Password {
        if let given = try given() { return given }
        return try Terminal.password()
    }

    /// The password of a file or of standard input; `nil` if somebody is to be asked at the terminal.
    func given() throws(Failure) -> Password? {
        if fromStandardInput, file != nil { throw .usage("--password-stdin and --password-file exclude each other") }
        if let file { return try Terminal.password(fromFile: file) }
        if fromStandardInput { return try Terminal.passwordFromStandardInput() }
        guard Terminal.isInteractive else {
            throw .usage("no terminal to ask for a password: use --password-stdin or --password-file FILE")
        }
        return nil
    }

    /// How often somebody at a terminal may try.
    private static let tries = 5
    private static let differ = "The two passwords differ."

    /// A password that nothing stands against: read, or asked for at the terminal until it is good enough.
    ///
    /// - Parameter judge: says what stands against a password; not asked where the rules do not count.
    /// - Returns: the password.
    /// - Throws: `Failure.refused` with what stands against the last one.
    func new(_ judge: PasswordJudge) async throws(Failure) -> Password {
        if let given = try given() {
            let reasons = ignoreRules ? [] : try await judge.problems(given)
            guard reasons.isEmpty else { throw .refused(reasons.joined(separator: " ")) }
            return given
        }
        var reasons: [String] = []
        for attempt in 1...PasswordOptions.tries {
            if let typed = try Terminal.newPassword() {
                reasons = ignoreRules ? [] : try await judge.problems(typed)
                if reasons.isEmpty { return typed }
            } else {
                reasons = [PasswordOptions.differ]
            }
            if attempt < PasswordOptions.tries { Terminal.complain(reasons.joined(separator: " ")) }
        }
        throw .refused("\(reasons.joined(separator: " ")) Nothing was changed.")
    }
}

/// Where a new password comes from, which may be nobody's head.
struct NewPasswordOptions: ParsableArguments {
    @OptionGroup var source: PasswordOptions

    @Flag(name: .long, help: "Make a strong password and print it once.")
    var generate = false

    func validate() throws {
        guard !generate || !source.fromStandardInput && source.file == nil else {
            throw ValidationError("--generate excludes --password-stdin and --password-file")
        }
    }

    /// A new password; `generated` is its text if nobody but this program knows it yet.
    struct New {
        let password: Password
        let generated: String?
    }

    /// A password that nothing stands against: generated, or what `PasswordOptions.new` brings.
    ///
    /// - Parameter judge: says what stands against a password.
    /// - Returns: the password.
    /// - Throws: `Failure.refused` with what stands against the last one.
    func new(_ judge: PasswordJudge) async throws(Failure) -> New {
        if generate { return try await generated(judge) }
        return New(password: try await source.new(judge), generated: nil)
    }

    /// Longer ones are tried where the rules want that.
    private func generated(_ judge: PasswordJudge) async throws(Failure) -> New {
        var reasons: [String] = []
        for groups in [4, 8, 16, 32] {
            let octets: [UInt8]
            do { octets = try SystemRandom.octets(groups * GeneratedPassword.groupLength) } catch {
                throw .unknown("the system gave no random octets: \(error)")
            }
            let text = GeneratedPassword(octets: octets).text
            let password = Password(text)
            reasons = source.ignoreRules ? [] : try await judge.problems(password)
            if reasons.isEmpty { return New(password: password, generated: text) }
        }
        throw .refused("no password could be made that the rules take: \(reasons.joined(separator: " "))")
    }
}

extension PasswordJudge {
    /// What stands against a password, in sentences.
    fileprivate func problems(_ password: Password) async throws(Failure) -> [String] {
        do { return try await problems(with: password) } catch { throw Failure(error) }
    }
}
