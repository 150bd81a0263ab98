package import GatehouseCore
package import GatehouseCrypto
private import Glibc

/// Asks a program about people, once for each question.
///
/// The program gets the question on its standard input and answers on its standard output; whatever goes wrong with it is
/// an outage and never a "no". The password is nowhere but on its standard input.
package struct CommandBackend: Backend {
    package let name: BackendName
    private let settings: CommandSettings
    private let talk: CommandTalk
    private let pool: WorkerPool
    private let environment: [String]

    /// Takes the variables that the program gets from the environment as it is now.
    ///
    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - settings: which program.
    ///   - talk: how questions are written and answers are read.
    ///   - pool: where threads wait for the program.
    package init(name: BackendName, settings: CommandSettings, talk: CommandTalk, pool: WorkerPool) {
        self.name = name
        self.settings = settings
        self.talk = talk
        self.pool = pool
        let handedOn = settings.environment.compactMap { variable -> String? in
            guard let value = unsafe getenv(variable) else { return nil }
            return "\(variable)=" + (unsafe String(cString: value))
        }
        let standard = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        let own = standard.filter { line in
            !settings.environment.contains { line.utf8.starts(with: "\($0)=".utf8) }
        }
        environment = own + handedOn
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        // A password that is no text cannot be asked about: it belongs to nobody.
        guard let question = talk.authenticate(credentials) else { return .notMine }
        switch try talk.answer(try await run(question), name) {
        case .authenticated(let identity): return .authenticated(identity)
        case .notMine: return .notMine
        case .refused: return .refused
        case .gone, .unsupported:
            throw .unavailable(reason: "the program answers a sign-in like a question about a person")
        }
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        switch try talk.answer(try await run(talk.identity(user.id)), name) {
        case .authenticated(let identity):
            guard identity.user == user else { throw .unavailable(reason: "the program answers about somebody else") }
            return identity
        case .gone: return nil
        case .unsupported:
            guard let known, known.user == user else {
                throw .unavailable(reason: "the program knows nobody without a password")
            }
            return known
        case .notMine, .refused:
            throw .unavailable(reason: "the program answers a question about a person like a sign-in")
        }
    }

    private func run(_ question: [UInt8]) async throws(BackendError) -> [UInt8] {
        let settings = settings
        let environment = environment
        // Counted from here: waiting for a thread is part of it.
        let deadline = ContinuousClock.now + settings.timeout
        let outcome: Result<[UInt8], BackendError> = try await Deadline.run(
            within: settings.timeout + .milliseconds(500), on: pool
        ) {
            do throws(BackendError) {
                let run = try ProgramRun(
                    settings.path, settings.arguments, environment: environment, input: question)
                return .success(try run.answer(until: deadline))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// How questions to a program are written and its answers are read.
package struct CommandTalk: Sendable {
    /// What a program can answer.
    package enum Answer: Sendable {
        case authenticated(Identity)
        case notMine
        case refused
        /// The person may not stay signed in.
        case gone
        /// Nothing is known without a password: what was known before holds.
        case unsupported
    }

    let authenticate: @Sendable (Credentials) -> [UInt8]?
    let identity: @Sendable (UTF8Text) -> [UInt8]
    let answer: @Sendable ([UInt8], BackendName) throws(BackendError) -> Answer

    /// - Parameters:
    ///   - authenticate: the question whether the password is right; `nil` if it cannot be put into words.
    ///   - identity: the question who somebody is, by the id.
    ///   - answer: reads the answer to either for a backend; throws `BackendError.unavailable` if it makes no sense.
    package init(
        authenticate: @escaping @Sendable (Credentials) -> [UInt8]?,
        identity: @escaping @Sendable (UTF8Text) -> [UInt8],
        answer: @escaping @Sendable ([UInt8], BackendName) throws(BackendError) -> Answer
    ) {
        self.authenticate = authenticate
        self.identity = identity
        self.answer = answer
    }
}
