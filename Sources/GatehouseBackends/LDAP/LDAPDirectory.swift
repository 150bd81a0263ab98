internal import GatehouseCore

/// Finds people and their groups, and reads what stands about them; nothing is cut off in silence.
struct LDAPDirectory {
    let settings: LDAPSettings
    let backend: BackendName

    private static let maxNameLength = 254
    static let maxTextLength = 4_096

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
        names += LDAPGroups(settings).wanted
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
            groups: try LDAPGroups(settings).groups(of: entry, named: name, connection),
            credential: try credential(entry, after: known),
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
        if isIDBinary { return UTF8Text(wellFormed: Hexadecimal.digits(octets)) }
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

    // MARK: - Octets

    static func text(_ octets: [UInt8], _ what: String) throws(LDAPFailure) -> String {
        guard octets.count <= maxTextLength, !octets.contains(0), let text = UTF8Text(validating: octets) else {
            throw LDAPFailure(reason: "\(what) is no UTF-8, or longer than \(maxTextLength) octets")
        }
        return text.string
    }

    static func octets(ofHex text: UTF8Text) throws(LDAPFailure) -> [UInt8] {
        guard let octets = Hexadecimal.octets(text.bytes) else {
            throw LDAPFailure(reason: "the stored id is not hexadecimal")
        }
        return octets
    }
}
