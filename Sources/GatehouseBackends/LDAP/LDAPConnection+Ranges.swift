internal import GatehouseCore

extension LDAPConnection {
    /// The entries below a base that a filter matches, with all that stands in some of their attributes.
    ///
    /// Active Directory gives at most 1,500 values of an attribute at once; whoever wants the others asks for them.
    ///
    /// - Parameters:
    ///   - base: where to look.
    ///   - isEntry: whether only the entry `base` itself is looked at.
    ///   - filter: as in RFC 4515.
    ///   - attributes: those that are wanted.
    ///   - limit: the most entries, and the most values of one attribute that are asked for in parts.
    /// - Returns: all of them; none for an entry that is not there.
    /// - Throws: `LDAPFailure`, also for a base that is not there, for more than `limit` entries, or more than 16 MiB.
    func entries(
        below base: String, isEntry: Bool = false, matching filter: String, _ attributes: [String], limit: Int
    ) throws(LDAPFailure) -> [LDAPEntry] {
        var entries = try found(below: base, isEntry: isEntry, matching: filter, attributes, limit: limit)
        for index in entries.indices {
            while let (attribute, next) = entries[index].partial {
                guard next > 0, next <= LDAPConnection.maxValues else { throw LDAPConnection.tooManyValues(attribute) }
                let rest = try found(
                    below: try LDAPDirectory.text(entries[index].name, "the entry's name"), isEntry: true,
                    matching: "(objectClass=*)", ["\(attribute);range=\(next)-*"], limit: 2)
                // Whoever gives nothing more, or the same again, would be asked without end.
                guard let rest = rest.first, !rest[attribute].isEmpty,
                    rest.partial.map({ $0.attribute == attribute && $0.next > next }) ?? true
                else { throw LDAPFailure(reason: "the server gives only a part of \(attribute)") }
                entries[index].add(rest, of: attribute)
            }
        }
        return entries
    }

    private static let maxValues = 20_000

    private static func tooManyValues(_ attribute: String) -> LDAPFailure {
        LDAPFailure(reason: "\(attribute) has more than \(maxValues) values")
    }
}
