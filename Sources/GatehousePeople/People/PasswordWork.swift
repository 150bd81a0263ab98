package import GatehouseCore
package import GatehouseCrypto
package import GatehousePasswords
package import GatehouseSystem

/// How passwords are judged and hashed: never on an event loop, and no more of them at once than there is room for.
package struct PasswordWork: Sendable {
    /// The kinds of hashes that are understood, the preferred one first.
    package let hashers: PasswordHashers
    /// Where hashes are computed.
    package let pool: WorkerPool
    /// What a new password must be like.
    package let rules: PasswordPolicy

    package init(hashers: PasswordHashers, pool: WorkerPool, rules: PasswordPolicy) {
        self.hashers = hashers
        self.pool = pool
        self.rules = rules
    }

    /// What the pool does and did.
    package func figures() async -> WorkerFigures { await pool.figures }

    /// Everything that stands against a new password, in sentences; none if it may be set.
    ///
    /// - Throws: `BackendError` if nobody could find out: set no password then.
    func problems(
        _ password: Password, of person: PersonAttributes, past: PastPasswords?
    ) async throws(BackendError) -> [String] {
        try await rules.problems(password, of: person, past: past, on: pool).map(\.message)
    }

    /// What the database keeps of a password; `nil` if it could not be hashed.
    func encoded(_ password: Password) async throws(BackendError) -> String? {
        let hashers = hashers
        return try await pool.hash(memoryKiB: hashers.memoryKiB(for: nil)) { try? hashers.make(password) }
    }
}

/// Judges new passwords of one person before anything is written, so that whoever sits at a terminal can try again.
package struct PasswordJudge: Sendable {
    private let work: PasswordWork
    private let person: PersonAttributes
    private let past: PastPasswords?

    init(_ work: PasswordWork, of person: PersonAttributes, past: PastPasswords? = nil) {
        self.work = work
        self.person = person
        self.past = past
    }

    /// Everything that stands against a new password, in sentences; none if it may be set.
    ///
    /// - Throws: `PeopleError.unavailable` if nobody could find out.
    package func problems(with password: Password) async throws(PeopleError) -> [String] {
        do { return try await work.problems(password, of: person, past: past) } catch {
            throw .unavailable(.judgement(reason: "\(error)"))
        }
    }

    /// - Throws: `PeopleError.refused` with everything that stands against it.
    func require(_ password: Password) async throws(PeopleError) {
        let problems = try await problems(with: password)
        guard problems.isEmpty else { throw .refused(.password(problems)) }
    }
}

extension PasswordWork {
    /// Judges passwords of somebody of whom nothing is known but a name, before there is a database.
    package func judge(ofNewcomer name: UserName) -> PasswordJudge {
        PasswordJudge(self, of: PersonAttributes(username: name.text))
    }

    /// What the database keeps of a password.
    ///
    /// - Throws: `PeopleError.unavailable` if it could not be hashed.
    func hash(_ password: Password) async throws(PeopleError) -> String {
        let made: String?
        do { made = try await encoded(password) } catch { throw .unavailable(.backend(reason: "\(error)")) }
        guard let made else { throw .unavailable(.hashing) }
        return made
    }
}
