internal import Foundation
internal import Synchronization

/// A real slapd of a test: on free loopback ports, in a folder of its own.
///
/// The directory is `dc=example,dc=com`, its administrator `cn=admin` below it with the password `admin secret`, and its people
/// are what the test writes.
package final class LDAPServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let administrator = "cn=admin,dc=example,dc=com"
    package static let password = "admin secret"

    package let port: UInt16
    package let securePort: UInt16
    private let folder: TemporaryFolder
    private let process: Mutex<ChildProcess>
    private let arguments: [String]

    /// What the server does beside keeping entries.
    package enum Overlay: String, Sendable {
        /// slapo-ppolicy(5), by the policy `cn=policy,dc=example,dc=com`, with its words about locked accounts; and an attribute
        /// of 389 Directory Server.
        case ppolicy = """
            attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch
                SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
            """
        /// slapo-otp(5): passwords that end in a code that is good for one time.
        case otp = ""

        fileprivate var settings: String {
            switch self {
            case .ppolicy: "overlay ppolicy\nppolicy_default \"cn=policy,dc=example,dc=com\"\nppolicy_use_lockout"
            case .otp: "overlay otp"
            }
        }

        fileprivate var module: String {
            switch self {
            case .ppolicy: "ppolicy"
            case .otp: "otp"
            }
        }
    }

    /// Starts a server over some entries (LDIF) and waits until it answers; `access` comes before its own rules (slapd.access(5)).
    package static func start(
        _ entries: String, certificates: TestCertificates? = nil, overlay: Overlay? = nil,
        access: String = ""
    ) async throws -> LDAPServer {
        BrokenPipes.areErrors()
        for _ in 0..<5 {
            let server = try LDAPServer(entries, certificates, overlay, access)
            if await eventually({ (try? LocalSocket(.tcp(port: server.port))) != nil }) { return server }
        }
        throw Failure(description: "slapd does not start")
    }

    private init(
        _ entries: String, _ certificates: TestCertificates?, _ overlay: Overlay?, _ access: String
    ) throws {
        folder = try TemporaryFolder()
        (port, securePort) = (try FreePort.any(), try FreePort.any())
        try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: false)
        let encryption = certificates.map {
            "TLSCACertificateFile \($0.authority)\nTLSCertificateFile \($0.certificate)\nTLSCertificateKeyFile \($0.key)\n"
        }
        let configuration = try folder.write(
            """
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            include /etc/ldap/schema/nis.schema
            modulepath /usr/lib/ldap
            moduleload back_mdb
            moduleload memberof
            \(overlay.map { "moduleload \($0.module)\n\($0.rawValue)" } ?? "")
            pidfile \(folder.file("slapd.pid"))
            sizelimit 20100
            \(encryption ?? "")
            database mdb
            maxsize 268435456
            suffix "dc=example,dc=com"
            rootdn "\(LDAPServer.administrator)"
            rootpw "\(LDAPServer.password)"
            directory \(folder.file("data"))
            index objectClass,uid,member,uniqueMember,memberUid,entryUUID eq
            \(access)
            access to attrs=userPassword by anonymous auth by * none
            access to * by * read
            \(overlay?.settings ?? "")
            """, to: "slapd.conf")
        let ldif = try folder.write(
            """
            dn: dc=example,dc=com
            objectClass: dcObject
            objectClass: organization
            o: Example
            dc: example

            \(entries)
            """, to: "entries.ldif")
        let add = try ChildProcess(
            "/usr/sbin/slapadd", ["-q", "-f", configuration, "-l", ldif], output: folder.file("slapadd.log"))
        guard add.waitForExit() == 0 else {
            let log = (try? String(contentsOfFile: folder.file("slapadd.log"), encoding: .utf8)) ?? ""
            throw Failure(description: "slapadd: \(log)")
        }
        let addresses =
            certificates == nil
            ? "ldap://127.0.0.1:\(port)" : "ldap://127.0.0.1:\(port) ldaps://127.0.0.1:\(securePort)"
        arguments = ["-d", "0", "-f", configuration, "-h", addresses]
        process = Mutex(try ChildProcess("/usr/sbin/slapd", arguments, output: folder.file("slapd.log")))
    }

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
        let child = try ChildProcess("/usr/sbin/slapd", arguments, output: folder.file("slapd.log"))
        process.withLock { $0 = child }
        guard await eventually({ (try? LocalSocket(.tcp(port: self.port))) != nil }) else {
            throw Failure(description: "slapd does not start again")
        }
    }
}
