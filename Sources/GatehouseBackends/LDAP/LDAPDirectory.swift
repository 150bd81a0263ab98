internal import GatehouseCore

/// Finds people and their groups, and reads what stands about them; nothing is cut off in silence.
struct LDAPDirectory {
    let settings: LDAPSettings
    let backend: BackendName

    private static let maxNameLength = 254
    private static let maxTextLength = 4_096
    private static let maxGroups = 20_000
    /// How deep groups within groups are followed.
    private static let maxDepth = 10
    /// How many groups one search asks about.
    private static let askedTogether = 100

    // MARK: - People

    /// The one entry that a typed name means.
    ///
    /// - Throws: `LDAPFailure` for several: nobody guesses.
    func entry(named name: [UInt8], _ connection: borrowing LDAPConnection) throws(LDAPFailure) -> LDAPEntry? {
        try only(
            try connection.entries(
                below: settings.base, matching: LDAPText.filter(settings.filter, [("{name}", name)]), wanted, limit: 2))
    }

    func only(_ entries: [LDAPEntry]) throws(LDAPFailure) -> LDAPEntry? {
        guard entries.count <= 1 else {
            throw LDAPFailure(reason: "the filter finds several people of that name: make it exact")
        }
        return entries.first
    }

    var wanted: [String] {
        let attributes = settings.attributes
        var names = [attributes.name, attributes.displayName, attributes.email]
        if !isIDTheName { names.append(attributes.id) }
        if case .memberOf = settings.groups { names.append("memberOf") }
        if settings.readsAccountState { names += AccountState.attributes }
        return names.filter { !$0.isEmpty }
    }

    var isIDTheName: Bool { settings.attributes.id.utf8.elementsEqual("dn".utf8) }
    /// Active Directory's is 16 octets.
    var isIDBinary: Bool { Array(settings.attributes.id.utf8).span.equalsIgnoringCase("objectguid") }

    /// Everything that is known of the person of an entry, whom a typed name led to.
    func identity(
        _ entry: LDAPEntry, typed: [UInt8], known: Identity? = nil, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> Identity {
        let attributes = settings.attributes
        guard let name = try value(entry, attributes.name, limit: LDAPDirectory.maxNameLength), !name.isEmpty,
            !name.bytes.contains(0)
        else { throw LDAPFailure(reason: "the person's entry has no \(attributes.name)") }
        return Identity(
            user: UserReference(backend: backend, id: try id(entry)), name: UserName(name),
            displayName: try value(entry, attributes.displayName, limit: LDAPDirectory.maxTextLength) ?? "",
            email: try value(entry, attributes.email, limit: LDAPDirectory.maxTextLength) ?? "",
            groups: try groups(of: entry, named: name, connection), credential: try credential(entry, after: known),
            typed: settings.canLookAgain ? UTF8Text(validating: typed) : nil)
    }

    /// What stays the same about the person of an entry.
    func id(_ entry: LDAPEntry) throws(LDAPFailure) -> UTF8Text {
        if isIDTheName { return UTF8Text(try LDAPDirectory.text(entry.name, "the entry's name")) }
        guard let octets = entry[settings.attributes.id].first, !octets.isEmpty else {
            throw LDAPFailure(
                reason:
                    "the person's entry has no \(settings.attributes.id): set `id` to an attribute that never changes, "
                    + "like objectGUID (Active Directory), or to \"dn\"")
        }
        if isIDBinary {
            return UTF8Text(wellFormed: octets.flatMap { Array(LDAPText.hex($0).dropFirst()) })
        }
        return UTF8Text(try LDAPDirectory.text(octets, settings.attributes.id))
    }

    /// The first value of an attribute; `nil` without one, or for an attribute that is not read.
    private func value(_ entry: LDAPEntry, _ attribute: String, limit: Int) throws(LDAPFailure) -> UTF8Text? {
        guard !attribute.isEmpty, let octets = entry[attribute].first else { return nil }
        guard octets.count <= limit else {
            throw LDAPFailure(reason: "the person's \(attribute) is longer than \(limit) octets")
        }
        guard let text = UTF8Text(validating: octets) else {
            throw LDAPFailure(reason: "the person's \(attribute) is no UTF-8")
        }
        return text
    }

    // MARK: - Groups

    private func groups(
        of entry: LDAPEntry, named name: UTF8Text, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> [GroupName] {
        switch settings.groups {
        case .memberOf:
            let names = entry["memberOf"]
            guard names.count <= LDAPDirectory.maxGroups else { throw LDAPDirectory.tooMany }
            var groups: [GroupName] = []
            for name in names {
                guard let value = LDAPText.firstValue(of: name) else {
                    throw LDAPFailure(reason: "a value of memberOf is no name of an entry")
                }
                groups.append(try LDAPDirectory.group(value))
            }
            return groups
        case .below(let base, let filter, let attribute, let isNested):
            let own = LDAPText.filter(filter, [("{dn}", entry.name), ("{name}", name.bytes)])
            var found = try connection.entries(
                below: base, matching: own, [attribute], limit: LDAPDirectory.maxGroups)
            if isNested { found = try nested(found, base, attribute, connection) }
            var groups: [GroupName] = []
            for group in found {
                guard let value = group[attribute].first else {
                    throw LDAPFailure(reason: "a group has no \(attribute)")
                }
                groups.append(try LDAPDirectory.group(value))
            }
            return groups
        }
    }

    /// Adds the groups that contain those that were found, level by level; circles end by themselves.
    private func nested(
        _ direct: [LDAPEntry], _ base: String, _ attribute: String, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> [LDAPEntry] {
        var all = direct
        var seen = Set(direct.map { LDAPDirectory.key($0.name) })
        var level = direct
        for _ in 0..<LDAPDirectory.maxDepth {
            var next: [LDAPEntry] = []
            for start in stride(from: 0, to: level.count, by: LDAPDirectory.askedTogether) {
                let conditions = level[start..<min(start + LDAPDirectory.askedTogether, level.count)].map { group in
                    LDAPText.filter("(member={dn})(uniqueMember={dn})", [("{dn}", group.name)])
                }
                let filter = "(|\(conditions.joined()))"
                for group in try connection.entries(
                    below: base, matching: filter, [attribute], limit: LDAPDirectory.maxGroups)
                where seen.insert(LDAPDirectory.key(group.name)).inserted { next.append(group) }
            }
            if next.isEmpty { return all }
            all += next
            guard all.count <= LDAPDirectory.maxGroups else { throw LDAPDirectory.tooMany }
            level = next
        }
        throw LDAPFailure(reason: "groups are nested deeper than \(LDAPDirectory.maxDepth) levels")
    }

    private static let tooMany = LDAPFailure(reason: "the person is in more than \(maxGroups) groups")

    private static func key(_ name: [UInt8]) -> [UInt8] { name.map { ASCII.lowercased($0) } }

    private static func group(_ octets: [UInt8]) throws(LDAPFailure) -> GroupName {
        guard octets.count <= maxTextLength, let text = UTF8Text(validating: octets), !text.isEmpty else {
            throw LDAPFailure(reason: "the name of a group is empty, no UTF-8, or longer than \(maxTextLength) octets")
        }
        return GroupName(text)
    }

    // MARK: - Octets

    static func text(_ octets: [UInt8], _ what: String) throws(LDAPFailure) -> String {
        guard octets.count <= maxTextLength, !octets.contains(0), let text = UTF8Text(validating: octets) else {
            throw LDAPFailure(reason: "\(what) is no UTF-8, or longer than \(maxTextLength) octets")
        }
        return text.string
    }

    static func octets(ofHex text: UTF8Text) throws(LDAPFailure) -> [UInt8] {
        var octets: [UInt8] = []
        let digits = text.bytes.map { ASCII.hexValue($0) }
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else {
                throw LDAPFailure(reason: "the stored id is not hexadecimal")
            }
            octets.append(high << 4 | low)
        }
        return octets
    }
}
