package import GatehouseCore

/// `[mail]`: how people are written to; without the table nobody is.
package struct MailTable: Sendable {
    package let from: MailSender
    package let backend: Backend
    /// Whether people are told of a sign-in from a browser that was not used before.
    package let tellsOfNewDevices: Bool

    package enum Backend: Sendable {
        case smtp(SMTP)
        /// A file for each mail in this folder.
        case file(folder: String)
        case standardOutput
    }

    package struct SMTP: Sendable {
        /// `smtp://host:port` or `smtps://host:port`.
        package let url: String
        package let startsTLS: Bool
        /// What Gatehouse calls itself to the server; `nil` for the portal's host.
        package let helo: String?
        package let username: String?
        package let password: SecretOctets?
        package let caFile: String?
    }

    private enum BackendName: String, CaseIterable {
        case smtp, file, stdout
    }

    private enum Encryption: String, CaseIterable {
        case starttls, tls, none
    }

    /// `nil` without the table, or after a problem.
    init?(_ table: TableReader, _ secrets: SecretReader) {
        guard table.isWritten else { return nil }
        let from = table.string("from")
        if from == nil, table.value("from") == nil {
            table.require("from", "who mails come from, like \"Gatehouse <auth@example.com>\"")
        }
        let sender = from.flatMap { MailSender($0.value) }
        if let from, sender == nil {
            table.log.add(
                from,
                "must be an address, or a name of at most 255 octets with an address like \"Gatehouse <auth@example.com>\", is \(from.seen)"
            )
        }
        tellsOfNewDevices = table.boolean("new_device")?.value ?? false
        let name = table.choice("backend", BackendName.self)
        if name == nil, table.value("backend") == nil {
            table.require("backend", Shown.choices(BackendName.allCases.map(\.rawValue)))
        }
        let smtp = MailTable.smtp(table, secrets, isMeant: name == .smtp)
        let folder = table.string("folder")
        if let folder, name != .file {
            table.log.add(folder, "is for \(table.key("backend")) = \"file\" alone")
        }
        if name == .file, folder == nil, table.value("folder") == nil {
            table.require("folder", "where the files are written")
        }
        table.finish()
        guard let sender else { return nil }
        self.from = sender
        switch name {
        case .smtp:
            guard let smtp else { return nil }
            backend = .smtp(smtp)
        case .file:
            guard let folder else { return nil }
            backend = .file(folder: secrets.folders.path(folder))
        case .stdout: backend = .standardOutput
        case nil: return nil
        }
    }

    /// The keys of a mail server.
    private static func smtp(_ table: TableReader, _ secrets: SecretReader, isMeant: Bool) -> SMTP? {
        let host = table.string("host")
        let port = table.integer("port", in: 1...65_535)
        let encryption = table.choice("encryption", Encryption.self) ?? .starttls
        let username = table.string("username")
        let reference = table.secretText("password")
        let password = reference.flatMap { secrets.secret($0) }
        let caFile = table.string("ca_file")
        let helo = table.string("helo")
        if let helo, !isGreeting(helo.value) {
            table.log.add(
                helo,
                "must be the name of this host like \"auth.example.com\", or an address like \"[192.0.2.1]\", is \(helo.seen)"
            )
        }
        guard isMeant else {
            for key in [host, helo, username, reference, caFile].compactMap(\.self) {
                table.log.add(key, "is for \(table.key("backend")) = \"smtp\" alone")
            }
            return nil
        }
        guard let host else {
            if table.value("host") == nil { table.require("host", "the mail server, like \"mail.example.com\"") }
            return nil
        }
        let bytes = Array(host.value.utf8)
        let address = IPAddress(parsing: bytes.span)
        guard address != nil || Host(host.value) != nil else {
            table.log.add(host, "must be the name or the address of a server, without a port, is \(host.seen)")
            return nil
        }
        let isLocal = address?.isLoopback ?? bytes.span.equals("localhost")
        if encryption == .none, !isLocal {
            table.log.add(
                host,
                "must be encrypted unless the server is on this machine: set \(table.key("encryption")) to \"starttls\" "
                    + "or \"tls\"")
        }
        if (username == nil) != (reference == nil), let key = username ?? reference {
            table.log.add(key, "needs \(table.key(username == nil ? "username" : "password")), too")
        }
        if let password, password.octets.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            table.log.add(reference ?? host, "refers to a password with control characters")
        }
        let name = address.map { $0.isV4 ? "\($0)" : "[\($0)]" } ?? host.value
        let scheme = encryption == .tls ? "smtps" : "smtp"
        let standard = encryption == .tls ? 465 : encryption == .starttls ? 587 : 25
        return SMTP(
            url: "\(scheme)://\(name):\(port?.value ?? standard)", startsTLS: encryption == .starttls,
            helo: helo?.value,
            username: username?.value, password: password,
            caFile: CertificateFile.path(table, folders: secrets.folders))
    }

    /// Whether a server can be greeted with it (RFC 5321, section 4.1.1.1).
    private static func isGreeting(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "[") else { return Host(text) != nil }
        guard bytes.last == UInt8(ascii: "]") else { return false }
        let inner = Array(bytes.dropFirst().dropLast())
        // IPv6 has a tag before it (section 4.1.3).
        let tag = Array("IPv6:".utf8)
        let address = inner.starts(with: tag) ? Array(inner.dropFirst(tag.count)) : inner
        guard let parsed = IPAddress(parsing: address.span) else { return false }
        return parsed.isV4 != inner.starts(with: tag)
    }
}
