internal import Foundation
internal import Glibc

/// A real Postfix of a test: on a free loopback port, with its configuration, queue and mailboxes in a folder of its own.
///
/// It takes mail for `example.com` and for `bücher.example`, and delivers it into files. What it says about `later@example.com`,
/// `gone@example.com` and everybody unknown is what a site's Postfix says: 450, 550 and 550.
package final class PostfixServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Whether one can be started: it is installed, and the tests run as root, as which alone Postfix starts.
    package static var isAvailable: Bool {
        let programs = ["/usr/sbin/postfix", "/usr/lib/postfix/sbin/smtpd"]
        return getuid() == 0 && programs.allSatisfy { unsafe access($0, X_OK) == 0 }
    }

    package let port: UInt16
    private let path: String

    /// Starts a server and waits until it answers; with `takesUTF8`, it offers SMTPUTF8.
    package static func start(takesUTF8: Bool = true) async throws -> PostfixServer {
        let server = try PostfixServer(takesUTF8: takesUTF8)
        guard await eventually(within: .seconds(30), { (try? LocalSocket(.tcp(port: server.port))) != nil }) else {
            throw Failure(description: "Postfix does not start: \(server.log)")
        }
        return server
    }

    private init(takesUTF8: Bool) throws {
        port = try FreePort.any()
        // Postfix works as several users: the folder is one that all of them can enter.
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("gh-postfix-" + String(UInt64.random(in: .min ... .max), radix: 36)).path
        for name in ["", "/etc", "/queue", "/data", "/mail"] {
            try FileManager.default.createDirectory(
                atPath: path + name, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        }
        try FileManager.default.setAttributes([.ownerAccountName: "postfix"], ofItemAtPath: path + "/data")
        try FileManager.default.setAttributes([.ownerAccountName: "nobody"], ofItemAtPath: path + "/mail")
        try write(
            """
            compatibility_level = 3.6
            queue_directory = \(path)/queue
            data_directory = \(path)/data
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            setgid_group = postdrop
            myhostname = mx.example.test
            mydestination =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            alias_maps =
            maillog_file = \(path)/data/postfix.log
            maillog_file_prefixes = \(path)
            smtputf8_enable = \(takesUTF8 ? "yes" : "no")
            virtual_mailbox_domains = example.com, xn--bcher-kva.example
            virtual_mailbox_base = \(path)/mail
            virtual_mailbox_maps = inline:{ { alice@example.com = alice/ }, { jörg@example.com = joerg/ },
              { alice@xn--bcher-kva.example = books/ } }
            virtual_uid_maps = static:\(try PostfixServer.nobody.user)
            virtual_gid_maps = static:\(try PostfixServer.nobody.group)
            virtual_minimum_uid = 1
            smtpd_recipient_restrictions = check_recipient_access inline:{
              { later@example.com = 450 4.2.0 Greylisted, come back in five minutes },
              { gone@example.com = 550 5.1.1 Nobody lives here any more } }, permit_mynetworks, reject
            """, to: "/etc/main.cf")
        try write(
            """
            127.0.0.1:\(port) inet n - n - - smtpd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            proxymap unix - - n - - proxymap
            anvil unix - - n - 1 anvil
            error unix - - n - - error
            retry unix - - n - - error
            virtual unix - n n - - virtual
            postlog unix-dgram n - n - 1 postlogd
            """, to: "/etc/master.cf")
        guard try run("start") == 0 else { throw Failure(description: "postfix start: \(log)") }
    }

    deinit {
        // Its master ends its own children, and is waited for.
        _ = try? run("stop")
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The mails in the mailbox of somebody: `alice`, `joerg` or `books`.
    package func mails(of box: String) -> [String] {
        let folder = "\(path)/mail/\(box)/new"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }

    /// What Postfix wrote into its log.
    package var log: String { (try? String(contentsOfFile: path + "/data/postfix.log", encoding: .utf8)) ?? "" }

    private func run(_ command: String) throws -> Int32 {
        try ChildProcess("/usr/sbin/postfix", ["-c", path + "/etc", command], output: path + "/postfix.out")
            .waitForExit()
    }

    private func write(_ text: String, to name: String) throws {
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path + name))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path + name)
    }

    private static var nobody: (user: UInt32, group: UInt32) {
        get throws {
            guard let entry = unsafe getpwnam("nobody") else { throw Failure(description: "there is no user nobody") }
            return unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
    }
}
