private import CPAM
package import GatehouseCore
package import GatehouseSystem

/// Signs people in through a service of PAM: accounts of the system, or whatever its modules know.
///
/// A module that hangs holds a thread of the pool until it ends; give this backend a pool of its own.
package struct PAMBackend: Backend {
    package let name: BackendName
    private let settings: PAMSettings
    private let pool: WorkerPool

    /// The longest password that modules can take (`PAM_MAX_RESP_SIZE`, with its zero octet); longer ones are wrong.
    private static let maxPasswordLength = 511

    /// Whether libpam is installed; it is opened now, and stays open.
    package static var isAvailable: Bool { unsafe gatehouse_libpam_open() != nil }
    /// What an operator is told if it is not.
    package static var libraryMissing: String { unsafe String(cString: gatehouse_libpam_missing()) }

    /// - Parameters:
    ///   - name: what sessions remember.
    ///   - settings: the service, and who may sign in.
    ///   - pool: where modules run.
    package init(name: BackendName = "pam", settings: PAMSettings = PAMSettings(), pool: WorkerPool) {
        self.name = name
        self.settings = settings
        self.pool = pool
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let password = credentials.password.bytes
        // Neither can be passed on whole: such a password belongs to nobody.
        guard PAMBackend.isName(credentials.name.bytes), !password.isEmpty, !password.contains(0),
            password.count <= PAMBackend.maxPasswordLength
        else { return .notMine }
        let client: String? = if case .known(let address) = credentials.client { address.description } else { nil }
        let login = PAMLogin(
            name: credentials.name.bytes, password: credentials.password, client: client, onUse: credentials.onUse)
        return try await ask(login, for: credentials.flow).map { .authenticated($0) } ?? .notMine
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name, PAMBackend.isName(user.id.bytes) else { return nil }
        return try await ask(PAMLogin(name: user.id.bytes, password: nil, client: nil))
    }

    private func ask(_ login: PAMLogin, for flow: Flow = .own) async throws(BackendError) -> Identity? {
        let settings = settings
        let backend = name
        let outcome: Result<Identity?, BackendError> = try await pool.run(
            within: settings.timeout, for: flow
        ) {
            do throws(BackendError) { return .success(try PAMExchange(settings, backend).identity(login)) } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Whether a name may be shown to modules, many of which write it into files, queries or commands.
    private static func isName(_ name: [UInt8]) -> Bool {
        guard let first = name.first, let last = name.last, name.count <= Credentials.maxNameLength else {
            return false
        }
        let isPlain = name.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        return isPlain && first != 0x20 && last != 0x20 && first != UInt8(ascii: "-") && first != UInt8(ascii: "+")
    }
}

/// What one exchange is about.
struct PAMLogin: Sendable {
    let name: [UInt8]
    /// `nil` asks only whether the account is still good.
    let password: Password?
    let client: String?
    var onUse: @Sendable (PasswordUse) -> Void = { _ in }
}
