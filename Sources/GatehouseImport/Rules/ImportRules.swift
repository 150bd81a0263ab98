package import GatehouseCore

/// What people must be like to be taken; the same rules as for people made by hand.
package struct ImportRules {
    /// What a name is, and when two are the same.
    let names: UserNameRules
    let refusal: (String) -> String?

    /// - Parameters:
    ///   - names: what a name is, and when two are the same.
    ///   - refusal: why no password can match a stored hash, if none can; never with a part of it.
    package init(names: UserNameRules, refusal: @escaping (String) -> String?) {
        self.names = names
        self.refusal = refusal
    }

    /// Looks at everything but the name.
    func check(_ person: ImportedPerson) throws(BadLine) {
        if let encoded = person.encodedPassword,
            let reason = ImportedHash.refusal(encoded, by: refusal)
        {
            throw BadLine(reason)
        }
        try ImportRules.check(person.email, "the e-mail address", limit: 254)
        try ImportRules.check(person.firstName, "the first name", limit: 150)
        try ImportRules.check(person.lastName, "the last name", limit: 150)
        for group in person.groups ?? [] {
            guard !group.text.isEmpty else { throw BadLine("a group has no name") }
            try ImportRules.check(group.description, "the name of a group", limit: 150)
        }
        for permission in person.permissions ?? [] {
            let parts = permission.text.bytes.split(separator: UInt8(ascii: "."), maxSplits: 1)
            guard parts.count == 2, permission.text.bytes.first != UInt8(ascii: ".") else {
                throw BadLine("\(Shown.text(permission.text.bytes)) is no permission; expected app_label.codename")
            }
            for part in parts {
                try ImportRules.check(
                    String(decoding: part, as: UTF8.self), "each part of a permission", limit: 100)
            }
        }
    }

    private static func check(_ text: String?, _ what: String, limit: Int) throws(BadLine) {
        guard let text else { return }
        guard text.unicodeScalars.count <= limit else { throw BadLine("\(what) has more than \(limit) characters") }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw BadLine("\(what) holds a control character")
        }
    }
}
