package import GatehouseCore
package import GatehouseSystem
private import Glibc

/// Asks a program about people, once for each question.
///
/// The program gets the question on its standard input and answers on its standard output; whatever goes wrong with it
/// is an outage and never a "no". The password is nowhere but on its standard input.
package struct CommandBackend: Backend {
    package let name: BackendName
    private let settings: CommandSettings
    private let pool: WorkerPool
    private let environment: [String]

    /// Takes the variables that the program gets from the environment as it is now.
    ///
    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - settings: which program.
    ///   - pool: where threads wait for the program.
    package init(name: BackendName, settings: CommandSettings, pool: WorkerPool) {
        self.name = name
        self.settings = settings
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
        guard let question = ExternalQuestion.authenticate(credentials) else { return .notMine }
        return try await ask(question, for: credentials.flow, credentials.onUse).authenticationResult
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name else { return nil }
        return try await ask(ExternalQuestion.identity(user.id)).identity(of: user, known: known)
    }

    private func ask(
        _ question: [UInt8], for flow: Flow = .own, _ onUse: @escaping @Sendable (PasswordUse) -> Void = { _ in }
    ) async throws(BackendError) -> ExternalAnswer {
        try ExternalAnswer(
            parsing: try await run(question, for: flow, onUse), backend: name, grantsFlags: settings.grantsFlags)
    }

    private func run(
        _ question: [UInt8], for flow: Flow, _ onUse: @escaping @Sendable (PasswordUse) -> Void
    ) async throws(BackendError) -> [UInt8] {
        let settings = settings
        let environment = environment
        // Counted from here: waiting for a thread is part of it.
        let deadline = ContinuousClock.now + settings.timeout
        let outcome: Result<[UInt8], BackendError> = try await pool.run(
            within: settings.timeout + .milliseconds(500), for: flow
        ) {
            do throws(BackendError) {
                let run = try ProgramRun(
                    settings.path, settings.arguments, environment: environment, input: question)
                // It runs, and reads the question when it likes.
                onUse(.compared)
                return .success(try run.answer(until: deadline))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
