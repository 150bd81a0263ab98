internal import GatehouseCore
internal import GatehouseOIDC

/// What people of a provider are here.
enum AccountKeys {
    static func rules(
        _ table: TableReader, _ kind: ProviderKind, _ facts: ProviderFacts, _ groups: GroupMapping
    ) -> AccountRules {
        let mode = table.choice("accounts", AccountRules.Mode.self) ?? AccountRules.Mode.none
        let byEmail = table.boolean("link_by_email")
        let owned = domains(table)
        let mayMakeSuperusers = table.boolean("may_make_superusers")?.value ?? false
        if let byEmail, byEmail.value {
            if mode == .none {
                table.log.add(
                    byEmail, "needs \(table.key("accounts")) = \"link\" or \"create\": there is nothing to link to")
            } else if facts.oddities.contains(.addressesOfOthers) {
                table.log.add(
                    byEmail,
                    "must not be true for \(facts.title): whoever manages a tenant there can give anybody any address; people link "
                        + "their accounts themselves, on their account's page")
            } else if owned.isEmpty {
                table.require(
                    "owns_domains",
                    "whose addresses \(facts.title) gives out itself, like [\"example.com\"]; others never link, since they may have "
                        + "belonged to somebody else")
            }
        } else if let place = table.value("owns_domains")?.place {
            table.log.warn(place, table.key("owns_domains"), "has no effect without \(table.key("link_by_email"))")
        }
        judgeFlags(table, groups, mayMakeSuperusers: mayMakeSuperusers)
        return AccountRules(
            mode: mode, linksByEmail: byEmail?.value ?? false, ownsDomains: owned, groups: groups,
            mayMakeSuperusers: mayMakeSuperusers)
    }

    private static func domains(_ table: TableReader) -> Set<UTF8Text> {
        var domains: Set<UTF8Text> = []
        for text in table.strings("owns_domains") ?? [] {
            guard let host = Host(text.value), host.bytes.contains(UInt8(ascii: ".")) else {
                table.log.add(text, "must be a whole domain like \"example.com\", is \(text.seen)")
                continue
            }
            domains.insert(UTF8Text(wellFormed: host.bytes))
        }
        return domains
    }

    /// Whoever decides there who is in a group would decide about everything here.
    private static func judgeFlags(_ table: TableReader, _ groups: GroupMapping, mayMakeSuperusers: Bool) {
        for (key, names) in [("staff", groups.staff), ("superusers", groups.superusers)] {
            guard !names.isEmpty, !mayMakeSuperusers, let place = table.value(key)?.place else { continue }
            table.log.add(
                place, table.key(key),
                "needs \(table.key("may_make_superusers")) = true, too: whoever puts people into that group there decides about "
                    + "everything here")
        }
        guard mayMakeSuperusers, groups.staff.isEmpty, groups.superusers.isEmpty,
            let place = table.value("may_make_superusers")?.place
        else { return }
        table.log.warn(
            place, table.key("may_make_superusers"),
            "has no effect without \(table.key("staff")) or \(table.key("superusers"))")
    }
}
