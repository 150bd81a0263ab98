package import GatehouseCore

// Wide: one property per key of the table; directories differ in all of them.
/// `[[backend]]` with `type = "ldap"`: a directory.
package struct LDAPTable: Sendable {
    package let urls: [String]
    package let startsTLS: Bool
    package let caFile: String?
    package let bindDN: String
    package let bindPassword: SecretOctets?
    /// The name to bind with, with `{name}` in it; `nil` to search for it.
    package let userDN: String?
    package let base: String
    /// `nil` for the usual one.
    package let filter: String?
    /// By the names of the keys: `id`, `name`, `display_name`, `email`; those that are missing have the usual ones.
    package let attributes: [String: String]
    /// `nil` for `memberOf`.
    package let groupBase: String?
    package let groupFilter: String?
    package let groupName: String
    package let followsNestedGroups: Bool
    /// Whether what the directory says about accounts counts beside the password.
    package let readsAccountState: Bool
    /// Where people choose a new password when the directory wants one.
    package let passwordPage: Contact?
    /// How long sessions of these people last at the most; `nil` for as long as everybody's.
    package let longestSession: Duration?

    /// How long they last where the directory cannot be asked about anybody again.
    package static let standardLongestSession = Duration.seconds(12 * 3_600)

    /// `nil` after a problem.
    init?(_ table: TableReader, _ secrets: SecretReader) {
        startsTLS = table.boolean("start_tls")?.value ?? false
        caFile = CertificateFile.path(table, folders: secrets.folders)
        let urls = LDAPTable.urls(table, startsTLS: startsTLS)
        let bindDN = table.string("bind_dn")
        let reference = table.secretText("bind_password")
        bindPassword = reference.flatMap { secrets.secret($0) }
        if (bindDN == nil) != (reference == nil), let key = bindDN ?? reference {
            table.log.add(key, "needs \(table.key(bindDN == nil ? "bind_dn" : "bind_password")), too")
        }
        if let bindDN, bindDN.value.isEmpty {
            table.log.add(
                bindDN,
                "must not be empty: name whoever searches, or leave out \(table.key("bind_dn")) and "
                    + "\(table.key("bind_password"))")
        }
        self.bindDN = bindDN?.value ?? ""
        userDN = LDAPTable.template(table, "user_dn", marks: ["{name}"])
        filter = LDAPTable.filter(table, "filter", marks: ["{name}"])
        groupBase = table.string("group_base")?.value
        groupFilter = LDAPTable.filter(table, "group_filter", marks: ["{dn}", "{name}"])
        groupName = LDAPTable.attribute(table, "group_name") ?? "cn"
        followsNestedGroups = table.boolean("nested_groups")?.value ?? false
        attributes = LDAPTable.attributes(table.table("attributes"))
        readsAccountState = table.boolean("account_state")?.value ?? true
        passwordPage = LDAPTable.passwordPage(table)
        let isBlind = userDN != nil && self.bindDN.isEmpty
        let longest = table.duration("max_session", in: .seconds(60)...(.seconds(365 * 86_400)))?.value
        longestSession = longest ?? (isBlind ? LDAPTable.standardLongestSession : nil)
        if isBlind, let place = table.value("user_dn")?.place {
            table.log.warn(
                place, table.key("user_dn"),
                "without \(table.key("bind_dn")) the directory cannot be asked about anybody again: whoever is removed, "
                    + "disabled or given another password there stays signed in for up to "
                    + "\(TimeText.text(longestSession ?? LDAPTable.standardLongestSession)) "
                    + "(\(table.key("max_session"))); set bind_dn and bind_password to end such sessions at once")
        }
        if groupBase == nil {
            for key in ["group_filter", "group_name", "nested_groups"] {
                guard let value = table.value(key) else { continue }
                table.log.add(value.place, table.key(key), "needs \(table.key("group_base")), too")
            }
        }
        guard let base = table.string("base") else {
            if table.value("base") == nil {
                table.require("base", "where people are, like \"ou=people,dc=example,dc=com\"")
            }
            return nil
        }
        guard let urls else { return nil }
        self.base = base.value
        self.urls = urls
    }

    /// Passwords travel in the clear only on this machine, or where somebody says so.
    private static func urls(_ table: TableReader, startsTLS: Bool) -> [String]? {
        let allowsPlaintext = table.boolean("allow_plaintext")?.value ?? false
        guard let texts = table.strings("urls"), !texts.isEmpty else {
            if table.value("urls") == nil || table.strings("urls")?.isEmpty == true {
                table.require("urls", "the servers, like [\"ldaps://ldap.example.com\"]")
            }
            return nil
        }
        for text in texts {
            let bytes = Array(text.value.utf8)
            guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}?#@".utf8.contains($0) }),
                let scheme = ["ldaps://", "ldap://", "ldapi://"].first(where: { bytes.starts(with: $0.utf8) }),
                bytes.count > scheme.utf8.count
            else {
                table.log.add(
                    text, "must be like \"ldaps://ldap.example.com\" or \"ldap://localhost:389\", is \(text.seen)")
                continue
            }
            let host = bytes.dropFirst(scheme.utf8.count).prefix { $0 != UInt8(ascii: "/") }
            let isClear = scheme == "ldap://" && !startsTLS
            if isClear, ServerAuthority(Array(host))?.isThisMachine != true, !allowsPlaintext {
                table.log.add(
                    text,
                    "sends passwords in the clear: use ldaps://, or set \(table.key("start_tls")) = true; "
                        + "\(table.key("allow_plaintext")) = true is for networks that nobody else can listen to")
            }
            if scheme != "ldap://", startsTLS {
                table.log.add(text, "is for \(table.key("start_tls")) = false: only ldap:// begins in the clear")
            }
        }
        return texts.map(\.value)
    }

    private static func passwordPage(_ table: TableReader) -> Contact? {
        guard let text = table.string("password_url") else { return nil }
        guard let page = Contact(text.value), page.link.utf8.starts(with: "https://".utf8) else {
            table.log.add(text, "must be a page like \"https://password.example.com/\", is \(text.seen)")
            return nil
        }
        return page
    }

    /// A text with one of the marks in it, and no other braces.
    private static func template(_ table: TableReader, _ name: String, marks: [String]) -> String? {
        guard let text = table.string(name) else { return nil }
        var rest = text.value
        for mark in marks { rest = rest.split(separator: mark, omittingEmptySubsequences: false).joined() }
        guard rest != text.value else {
            table.log.add(text, "must have \(Shown.choices(marks)) in it, is \(text.seen)")
            return nil
        }
        guard !rest.utf8.contains(UInt8(ascii: "{")), !rest.utf8.contains(UInt8(ascii: "}")) else {
            table.log.add(text, "knows \(Shown.choices(marks)) alone, is \(text.seen)")
            return nil
        }
        return text.value
    }

    private static func filter(_ table: TableReader, _ name: String, marks: [String]) -> String? {
        guard let text = template(table, name, marks: marks) else { return nil }
        let bytes = Array(text.utf8)
        let opened = bytes.filter { $0 == UInt8(ascii: "(") }.count
        guard bytes.first == UInt8(ascii: "("), bytes.last == UInt8(ascii: ")"),
            opened == bytes.filter({ $0 == UInt8(ascii: ")") }).count
        else {
            table.log.add(
                table.value(name)?.place ?? table.place, table.key(name),
                "must be a filter in parentheses, like \"(uid={name})\", is \(Shown.text(text))")
            return nil
        }
        return text
    }

    private static func attribute(_ table: TableReader, _ name: String) -> String? {
        guard let text = table.string(name) else { return nil }
        guard (1...128).contains(text.value.utf8.count),
            text.value.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || "-.".utf8.contains($0) })
        else {
            table.log.add(text, "must be the name of an attribute, is \(text.seen)")
            return nil
        }
        return text.value
    }

    private static func attributes(_ table: TableReader) -> [String: String] {
        var attributes: [String: String] = [:]
        for key in ["id", "name", "display_name", "email"] { attributes[key] = attribute(table, key) }
        table.finish()
        return attributes
    }
}
