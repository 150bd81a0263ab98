internal import Foundation
internal import GatehouseTestSupport
internal import Glibc

/// A real OpenID provider of the tests, on a free port of 127.0.0.1, with one client and one person: `Providers/real_provider.py`.
///
/// glewlwyd and LemonLDAP::NG come as Debian's packages; the others lie in the folder that `TEST_PROVIDERS` names.
final class RealProvider: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    enum Kind: String, CaseIterable, Sendable {
        /// Signs people in by a page of scripts; sends back-channel messages.
        case glewlwyd
        /// Asks before it signs somebody out.
        case lemonldap
        /// django-oauth-toolkit, whose issuer has a path.
        case django
        /// Names itself in the address it sends people back to, and asks for consent.
        case canaille
        /// oidc-provider-mock, whose form has nothing but a field for the name.
        case mock

        /// Why it cannot be started here; `nil` if it can.
        var obstacle: String? {
            let tools = ProcessInfo.processInfo.environment["TEST_PROVIDERS"]
            let (name, file): (String, String?) =
                switch self {
                case .glewlwyd: ("glewlwyd", "/usr/bin/glewlwyd")
                case .lemonldap: ("LemonLDAP::NG", "/usr/share/lemonldap-ng/portal/htdocs/index.psgi")
                case .django: ("django-oauth-toolkit", tools.map { "\($0)/django-oauth-toolkit-3.4.0/oauth2_provider" })
                case .canaille: ("Canaille", tools.map { "\($0)/canaille-0.3.6/canaille" })
                case .mock: ("oidc-provider-mock", tools.map { "\($0)/oidc-provider-mock-0.3.4/oidc_provider_mock" })
                }
            if let file, FileManager.default.fileExists(atPath: file) { return nil }
            return "signing in at \(name), which is not there"
        }

        /// Those that can be started.
        static var available: [Kind] { allCases.filter { $0.obstacle == nil } }
    }

    static let clientID = "gatehouse"
    static let clientSecret = "gatehouse-secret"

    let kind: Kind
    let port: UInt16
    /// As its metadata say it.
    let issuer: String
    /// Who can sign in there; the mock asks for no password.
    let person: String
    let password: String
    private let folder: TemporaryFolder
    private let process: ChildProcess

    private struct Ready: Decodable {
        let issuer: String
        let person: String
        let password: String
    }

    /// Starts one, and waits until its metadata can be read.
    ///
    /// `redirectURI` is where it may send people back to, `signedOutURI` where to after a sign-out there, and `backchannelURI` where
    /// glewlwyd sends its messages.
    static func start(
        _ kind: Kind, redirectURI: String, signedOutURI: String = "http://127.0.0.1/",
        backchannelURI: String = "http://127.0.0.1/"
    ) async throws -> RealProvider {
        let (folder, port) = (try TemporaryFolder(), try FreePort.any())
        let log = folder.file("log")
        let process = try Server.start(
            "python3",
            [
                Repository.file("Tests/EndToEndTests/Providers/real_provider.py"), kind.rawValue, folder.path,
                "\(port)",
                redirectURI, signedOutURI, backchannelURI,
            ], output: log)
        let ready = folder.file("ready.json")
        let isReady = await eventually(within: .seconds(300)) {
            FileManager.default.fileExists(atPath: ready) || !process.isRunning
        }
        guard isReady, process.isRunning else {
            Server.stop(process)
            let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw Failure(description: "\(kind) does not start: \(words.suffix(2_000))")
        }
        let facts = try JSONDecoder().decode(Ready.self, from: Data(contentsOf: URL(fileURLWithPath: ready)))
        return RealProvider(kind, port, facts, folder, process)
    }

    private init(_ kind: Kind, _ port: UInt16, _ ready: Ready, _ folder: TemporaryFolder, _ process: ChildProcess) {
        self.kind = kind
        self.port = port
        issuer = ready.issuer
        person = ready.person
        password = ready.password
        self.folder = folder
        self.process = process
    }

    var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    /// The path of its metadata.
    var discoveryPath: String { (URL(string: issuer)?.path ?? "") + "/.well-known/openid-configuration" }

    /// Ends it; nobody listens on its port when this returns.
    func stop() { Server.stop(process) }
}
