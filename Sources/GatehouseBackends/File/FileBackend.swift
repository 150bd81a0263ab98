package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSystem

/// Signs in the people of a file, which may change at any time.
///
/// An unknown or inactive person costs the same hash as a wrong password. The file is only read: hashes of an older
/// kind stay as they are.
package struct FileBackend: Backend {
    package let name: BackendName
    private let file: PeopleFile
    private let hashers: PasswordHashers
    private let pool: WorkerPool
    private let names: UserNameRules

    /// Reads the file, blocking.
    ///
    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - settings: which file.
    ///   - hashers: the understood formats, the preferred one first.
    ///   - pool: where hashes are computed.
    ///   - timeout: how long a look at the file may take.
    ///   - names: what a typed name stands for.
    ///   - onProblem: gets each thing that an operator should know, once; never a secret.
    /// - Throws: `BackendError.unavailable` if the file is missing, broken or writable by everybody.
    package init(
        name: BackendName, settings: FileSettings, hashers: PasswordHashers, pool: WorkerPool,
        timeout: Duration = .seconds(5), names: UserNameRules,
        onProblem: @escaping @Sendable (String) -> Void
    ) throws(BackendError) {
        self.name = name
        self.hashers = hashers
        self.pool = pool
        self.names = names
        let load: @Sendable (FileStatus?) -> FileLook = { known in
            FileLook(settings, unless: known) { text throws(FileProblem) in
                switch settings.format {
                case .toml: try PeopleTOML(names: names, refusal: hashers.refusal).people(text)
                case .htpasswd: try PeopleHtpasswd(names: names, refusal: hashers.refusal).people(text)
                }
            }
        }
        file = try PeopleFile(load: load, timeout: timeout, onProblem: onProblem)
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let people = try await file.current()
        let person = names.typed(credentials.name).flatMap { people[$0] }
        // Whatever the person is, the work is the same up to here: only then does anybody look at what they are.
        let matches = try await compare(credentials, person?.password)
        // To hashes on top of HMAC a zero octet at the end is none at all; no form of ours lets one in.
        let isPlain = !credentials.password.bytes.contains(0)
        guard let person, person.isActive, matches, isPlain else { return .notMine }
        return .authenticated(try person.identity(backend: name))
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        guard let person = try await file.current()[UserName(user.id)], person.isActive else { return nil }
        return try person.identity(backend: name)
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        guard let name = names.typed(name), let person = try await file.current()[name] else { return [] }
        return [try person.identity(backend: self.name).credential]
    }

    /// Compares on the pool; without a stored hash the same work is done for nothing.
    private func compare(_ credentials: Credentials, _ encoded: String?) async throws(BackendError) -> Bool {
        let (hashers, password) = (hashers, credentials.password)
        let memoryKiB = hashers.memoryKiB(for: encoded)
        let result: Result<Bool, CryptoError> = try await pool.hash(memoryKiB: memoryKiB, for: credentials.flow) {
            credentials.onUse(encoded == nil ? .spent : .compared)
            do throws(CryptoError) {
                guard let encoded else {
                    try hashers.spend(password)
                    return .success(false)
                }
                return .success(try hashers.verify(password, against: encoded).matches)
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let matches): return matches
        case .failure(let error): throw .unavailable(reason: "the password could not be hashed: \(error)")
        }
    }
}
