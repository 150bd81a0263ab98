internal import GatehouseCore

/// Whether the entry that a filter found is the one whose password was right.
extension LDAPDirectory {
    /// Finds it out without the password, which may be good for one time only; where the server says nothing about who is bound,
    /// the password is tried on the entry.
    func isBound(
        _ entry: LDAPEntry, _ connection: borrowing LDAPConnection, _ password: [UInt8]
    ) throws(LDAPFailure) -> Bool {
        if let name = try boundName(connection) {
            if name == entry.name { return true }
            // Written otherwise, perhaps: the server itself says how it writes the name of that entry.
            let bound = try LDAPDirectory.text(name, "the name of who is bound")
            if let own = try look(at: bound, "1.1", connection) { return own.name == entry.name }
        } else if let isOwn = try holdsIdentifier(of: entry, connection) {
            return isOwn
        }
        return try connection.bind(try LDAPDirectory.text(entry.name, "the entry's name"), password)
    }

    /// The name of the entry whose password was right, as far as the server says.
    private func boundName(_ connection: borrowing LDAPConnection) throws(LDAPFailure) -> [UInt8]? {
        guard let identity = try connection.whoAmI(), identity.starts(with: "dn:".utf8) else { return nil }
        // 389 Directory Server puts a blank before it.
        let name = Array(identity.dropFirst(3).drop { $0 == 0x20 })
        return name.isEmpty ? nil : name
    }

    /// Active Directory tells the security identifiers of who is bound (MS-ADTS 3.1.1.3.2.22); an account's own stands in no other
    /// account's list.
    ///
    /// - Returns: `nil` where it does not.
    private func holdsIdentifier(
        of entry: LDAPEntry, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> Bool? {
        guard let identifiers = try look(at: "", "tokenGroups", connection)?["tokenGroups"], !identifiers.isEmpty,
            let own = try look(
                at: try LDAPDirectory.text(entry.name, "the entry's name"), "objectSid", connection)?["objectSid"].first
        else { return nil }
        return identifiers.contains(own)
    }

    /// One entry with one attribute; `nil` where the server does not want to show it.
    private func look(
        at name: String, _ attribute: String, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> LDAPEntry? {
        do throws(LDAPFailure) {
            return try connection.entries(
                below: name, isEntry: true, matching: "(objectClass=*)", [attribute], limit: 1
            ).first
        } catch {
            guard !error.isConnection else { throw error }
            return nil
        }
    }
}
