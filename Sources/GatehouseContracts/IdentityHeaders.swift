package import GatehouseCore

/// The names of the headers that tell an application who the user is.
package struct IdentityHeaders: Equatable, Sendable {
    package let user: String?
    package let name: String?
    package let email: String?
    package let groups: String?
    package let permissions: String?
    package let superuser: String?

    /// Names each header, or leaves it out with `nil`.
    package init(
        user: String?, name: String?, email: String?, groups: String?, permissions: String?, superuser: String?
    ) {
        self.user = user
        self.name = name
        self.email = email
        self.groups = groups
        self.permissions = permissions
        self.superuser = superuser
    }

    package static let remote = IdentityHeaders(
        user: "Remote-User", name: "Remote-Name", email: "Remote-Email", groups: "Remote-Groups",
        permissions: "Remote-Permissions", superuser: "Remote-Superuser")
    package static let xAuthRequest = IdentityHeaders(
        user: "X-Auth-Request-User", name: "X-Auth-Request-Preferred-Username", email: "X-Auth-Request-Email",
        groups: "X-Auth-Request-Groups", permissions: "X-Auth-Request-Permissions",
        superuser: "X-Auth-Request-Superuser")

    /// All names that are used, in the order they are sent.
    package var names: [String] { [user, name, email, groups, permissions, superuser].compactMap(\.self) }

    /// Whether an application could read a header of this name as one of ours.
    ///
    /// CGI and what descends from it (RFC 3875, section 4.1.18) make one variable of all names that differ only in letter case
    /// and in octets that are no letters or digits.
    package func hasAlias(_ name: [UInt8]) -> Bool {
        names.contains { own in
            own.utf8.count == name.count
                && zip(own.utf8, name).allSatisfy { IdentityHeaders.folded($0) == IdentityHeaders.folded($1) }
        }
    }

    private static func folded(_ octet: UInt8) -> UInt8 {
        ASCII.isAlphanumeric(octet) ? ASCII.lowercased(octet) : UInt8(ascii: "_")
    }

    /// The lines of an answer: every header exactly once, empty where there is nothing to say.
    ///
    /// - Parameters:
    ///   - identity: who passes; `nil` on a page that is open to anyone.
    ///   - disclosure: which groups and permissions the application asked for.
    /// - Returns: whole lines, each with its line end.
    package func lines(for identity: Identity?, disclosure: Disclosure) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(192)
        func line(_ name: String?, _ write: (inout [UInt8]) -> Void) {
            guard let name else { return }
            lines += name.utf8
            lines += ": ".utf8
            write(&lines)
            lines += "\r\n".utf8
        }
        line(user) { IdentityHeaders.append(identity?.name.text, to: &$0) }
        line(name) { IdentityHeaders.append(identity?.displayName, to: &$0) }
        line(email) { IdentityHeaders.append(identity?.email, to: &$0) }
        line(groups) { IdentityHeaders.append(identity?.groups, disclosure.groups, to: &$0) }
        line(permissions) { IdentityHeaders.append(identity?.permissions, disclosure.permissions, to: &$0) }
        line(superuser) { if identity?.isSuperuser == true { $0 += "true".utf8 } }
        return lines
    }

    private static func append(_ text: UTF8Text?, to value: inout [UInt8]) {
        guard let text else { return }
        append(text.bytes, isListItem: false, to: &value)
    }

    private static func append<Kind>(_ names: [Name<Kind>]?, _ wanted: [NamePattern], to value: inout [UInt8]) {
        guard let names, !wanted.isEmpty else { return }
        var isFirst = true
        for name in names where wanted.contains(where: { $0.matches(name.text) }) {
            if !isFirst { value.append(UInt8(ascii: ",")) }
            append(name.text.bytes, isListItem: true, to: &value)
            isFirst = false
        }
    }

    /// Printable ASCII as it is; `%`, outer blanks, in lists `,`, and all else percent-encoded, so that decoding gives the
    /// exact bytes back.
    private static func append(_ bytes: [UInt8], isListItem: Bool, to value: inout [UInt8]) {
        for (index, octet) in bytes.enumerated() {
            let isOuterBlank = octet == 0x20 && (index == 0 || index == bytes.count - 1)
            let isPlain = octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "%") && !isOuterBlank
            if isPlain, !(isListItem && octet == UInt8(ascii: ",")) {
                value.append(octet)
            } else {
                ASCII.appendPercentEncoded(octet, to: &value)
            }
        }
    }
}
