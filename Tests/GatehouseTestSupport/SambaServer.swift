internal import Foundation
internal import Glibc
internal import Synchronization

/// A real Active Directory of a test: a domain controller of Samba, in a folder of its own.
///
/// The domain is `ad.example` (`DC=ad,DC=example`); its administrator has the password `administratorPassword`, people are what the
/// test writes. Any password will do, `lockoutThreshold` wrong ones lock an account, and accounts are made and changed by LDIF in the
/// controller's own database, where also what no client may write can be written.
///
/// The ports of a domain controller cannot be chosen: where they are taken, or Samba is missing, `obstacle` says so, and the
/// suite is left out.
package final class SambaServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let base = "DC=ad,DC=example"
    package static let people = "CN=Users,DC=ad,DC=example"
    package static let administrator = "administrator@ad.example"
    package static let administratorPassword = "Admin secret 1"
    /// More wrong passwords in a row than any other test tries.
    package static let lockoutThreshold = 20
    /// The only address at which it takes passwords; `authority` vouches for it.
    package static let url = "ldaps://localhost:636"

    /// LDAP's and those of the global catalogue, all on 127.0.0.1 and ::1.
    private static let ports: [UInt16] = [389, 636, 3268, 3269]

    /// Why there can be no domain controller here, in words that end with what to do; `nil` if there can be one.
    ///
    /// Found out once, before the first one is started.
    package static let obstacle: String? = {
        for program in ["samba", "samba-tool", "ldbmodify", "ldbsearch"]
        where !["/usr/sbin", "/usr/bin"].contains(where: {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }) {
            return "left out: Active Directory needs \(program): "
                + "install samba-ad-dc, samba-ad-provision and ldb-tools"
        }
        guard getuid() == 0 else {
            return "left out: Active Directory needs a domain controller, which only root may start"
        }
        for port in ports where (try? LocalSocket(.tcp(port: port))) != nil {
            return "left out: Active Directory needs port \(port) of 127.0.0.1, which something else has: stop it"
        }
        return nil
    }()

    /// The certificate of who vouches for the server.
    package var authority: String { certificates.authority }

    private let folder: TemporaryFolder
    private let certificates: TestCertificates
    private let process: Mutex<ChildProcess>
    private let arguments: [String]
    private let files = Atomic<Int>(0)

    /// The one domain controller that all tests of this process share; it ends with the process.
    package static func shared() async throws -> SambaServer { try await Shared.instance.server() }

    private actor Shared {
        static let instance = Shared()
        /// What the end of the process has to stop and to remove.
        static let leftover = Mutex<(pid: Int32, folder: String)?>(nil)
        private var starting: Task<SambaServer, any Error>?

        func server() async throws -> SambaServer {
            if let starting { return try await starting.value }
            let task = Task {
                if let obstacle = SambaServer.obstacle { throw Failure(description: obstacle) }
                let server = try SambaServer()
                server.setLeftover()
                try await server.waitUntilAnswering()
                return server
            }
            starting = task
            return try await task.value
        }
    }

    private func setLeftover() {
        let pid = process.withLock { $0.pid }
        let isFirst = Shared.leftover.withLock { leftover in
            defer { leftover = (pid, folder.path) }
            return leftover == nil
        }
        guard isFirst else { return }
        atexit {
            guard let (pid, folder) = Shared.leftover.withLock({ $0 }) else { return }
            Glibc.kill(pid, SIGTERM)
            var status: Int32 = 0
            unsafe waitpid(pid, &status, 0)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    // Long: the steps of setting up one server, none of which stands alone.
    private init() throws {
        folder = try TemporaryFolder()
        certificates = try TestCertificates(in: folder)
        let path = folder.path
        let provision = try ChildProcess(
            "samba-tool",
            [
                "domain", "provision", "--realm=AD.EXAMPLE", "--domain=AD", "--host-name=dc1", "--server-role=dc",
                "--dns-backend=NONE", "--adminpass=\(SambaServer.administratorPassword)", "--targetdir=\(path)",
                "--option=bind interfaces only=yes", "--option=interfaces=lo",
            ], output: folder.file("provision.log"))
        guard provision.waitForExit() == 0 else {
            throw SambaServer.failure("samba-tool", folder.file("provision.log"))
        }
        for name in ["lock", "run", "rpc", "cache"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        // Nothing but LDAP, and nothing outside of the folder.
        let configuration = try folder.write(
            """
            [global]
            realm = AD.EXAMPLE
            workgroup = AD
            netbios name = DC1
            server role = active directory domain controller
            server services = ldap
            dcerpc endpoint servers = none
            interfaces = lo
            bind interfaces only = yes
            tls cafile = \(certificates.authority)
            tls certfile = \(certificates.certificate)
            tls keyfile = \(certificates.key)
            private dir = \(path)/private
            state directory = \(path)/state
            cache directory = \(path)/cache
            lock directory = \(path)/lock
            pid directory = \(path)/run
            ncalrpc dir = \(path)/rpc
            binddns dir = \(path)/bind-dns
            log file = \(path)/log.%m

            """, to: "etc/smb.conf")
        // One process alone, which nobody has to look for when the tests are killed: it ends by itself within the hour.
        arguments = [
            "--foreground", "--model=single", "--maximum-runtime=3600", "--configfile=\(configuration)",
            "--log-basename=\(path)",
        ]
        process = Mutex(try ChildProcess("samba", arguments, output: folder.file("samba.log")))
        try modify(
            """
            dn: \(SambaServer.base)
            changetype: modify
            replace: pwdProperties
            pwdProperties: 0
            -
            replace: minPwdLength
            minPwdLength: 1
            -
            replace: pwdHistoryLength
            pwdHistoryLength: 0
            -
            replace: minPwdAge
            minPwdAge: 0
            -
            replace: lockoutThreshold
            lockoutThreshold: \(SambaServer.lockoutThreshold)

            """)
    }

    private func waitUntilAnswering() async throws {
        guard
            await eventually(
                within: .seconds(60),
                { SambaServer.ports.allSatisfy { port in (try? LocalSocket(.tcp(port: port))) != nil } })
        else { throw SambaServer.failure("samba", folder.file("samba.log")) }
    }

    // MARK: - What stands in the directory

    /// Makes, changes and removes entries (LDIF with `changetype`), with the rights of the controller itself.
    package func modify(_ ldif: String) throws {
        let file = try folder.write(ldif, to: "\(files.add(1, ordering: .relaxed).newValue).ldif")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try ldb("ldbmodify", ["--relax", "--nosync", file])
    }

    /// The attributes of entries as LDIF, one entry after another.
    package func search(_ filter: String, below base: String = SambaServer.base, _ attributes: [String]) throws
        -> String
    {
        try ldb("ldbsearch", ["-b", base, filter] + attributes)
    }

    @discardableResult
    private func ldb(_ program: String, _ arguments: [String]) throws -> String {
        let output = folder.file("\(program)-\(files.add(1, ordering: .relaxed).newValue).log")
        defer { try? FileManager.default.removeItem(atPath: output) }
        let child = try ChildProcess(
            program,
            ["--configfile=\(folder.file("etc/smb.conf"))", "-H", folder.file("private/sam.ldb")] + arguments,
            environment: ["LC_ALL": "C"], output: output)
        guard child.waitForExit() == 0 else { throw SambaServer.failure(program, output) }
        return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
    }

    private static func failure(_ program: String, _ log: String) -> Failure {
        Failure(description: "\(program): \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    /// Makes an account that may sign in: `name` is its `sAMAccountName`, and the entry is `CN=name` below `people`.
    ///
    /// `more` are further lines of LDIF.
    package func addPerson(_ name: String, password: String, more: String = "") throws {
        try modify(
            """
            dn: CN=\(name),\(SambaServer.people)
            changetype: add
            objectClass: user
            sAMAccountName: \(name)
            userPrincipalName: \(name)@ad.example
            displayName: \(name.capitalized) Example
            mail: \(name)@example.com
            userAccountControl: 512
            clearTextPassword:: \(SambaServer.encoded(password))
            \(more)

            """)
    }

    /// Gives an attribute of somebody's entry another value; with a colon behind its name the value is in base64.
    package func set(_ attribute: String, of name: String, to value: String) throws {
        try modify(
            """
            dn: CN=\(name),\(SambaServer.people)
            changetype: modify
            replace: \(attribute.split(separator: ":").joined())
            \(attribute): \(value)

            """)
    }

    /// Gives somebody another password, as an administrator does.
    package func setPassword(of name: String, to password: String) throws {
        try set("clearTextPassword:", of: name, to: SambaServer.encoded(password))
    }

    package func remove(_ name: String) throws {
        try modify("dn: CN=\(name),\(SambaServer.people)\nchangetype: delete\n")
    }

    private static func encoded(_ password: String) -> String {
        Data(password.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] })
            .base64EncodedString()
    }

    // MARK: - Trouble

    package func signal(_ number: Int32) { process.withLock { $0.signal(number) } }

    /// Ends the server and waits until it is gone.
    package func kill() {
        process.withLock {
            $0.signal(SIGKILL)
            _ = $0.waitForExit()
        }
    }

    /// Starts it again over the same data.
    package func restart() async throws {
        let child = try ChildProcess("samba", arguments, output: folder.file("samba.log"))
        process.withLock { $0 = child }
        setLeftover()
        try await waitUntilAnswering()
    }
}
