internal import GatehouseCore
internal import GatehouseOIDC

/// Where a provider says what about people.
enum ClaimKeys {
    private static let names = ["subject", "name", "email", "email_verified", "display_name", "groups"]

    static func mapping(_ table: TableReader, _ facts: ProviderFacts) -> ClaimMapping {
        let keys = table.table("claims")
        var paths: [String: ClaimMapping.Path] = [:]
        for name in names { paths[name] = path(keys, name) }
        if let value = keys.value("subject"), !facts.oddities.contains(.plainOAuth) {
            keys.log.add(
                value.place, keys.key("subject"),
                "is for \(table.key("type")) = \"oauth2\" alone: in OpenID Connect it is \"sub\", and nothing else is unique"
            )
        }
        keys.finish()
        let usual = facts.claims
        return ClaimMapping(
            subject: paths["subject"] ?? usual.subject, name: paths["name"] ?? usual.name,
            email: paths["email"] ?? usual.email, emailVerified: paths["email_verified"] ?? usual.emailVerified,
            displayName: paths["display_name"] ?? usual.displayName, groups: paths["groups"] ?? usual.groups,
            groupsSeparator: separator(table), nameTemplate: template(table))
    }

    /// A member by its name, whatever is in that; or members from the outside in.
    private static func path(_ keys: TableReader, _ name: String) -> ClaimMapping.Path? {
        keys.note(name, .textOrTexts)
        guard let value = keys.value(name) else { return nil }
        let texts: [Found<String>]?
        switch value.content {
        case .array: texts = keys.strings(name)
        case .override where value.isSpelledList: texts = keys.strings(name)
        default: texts = keys.string(name).map { [$0] }
        }
        guard let texts else { return nil }
        guard (1...8).contains(texts.count), texts.allSatisfy({ (1...200).contains($0.value.utf8.count) }) else {
            keys.log.add(
                value.place, keys.key(name),
                "must be the name of a claim, or the names of up to 8 members from the outside in, like [\"realm_access\", "
                    + "\"roles\"], is \(value.seen)")
            return nil
        }
        return texts.map { UTF8Text($0.value) }
    }

    private static func separator(_ table: TableReader) -> UTF8Text? {
        guard let text = table.string("groups_separator") else { return nil }
        guard (1...8).contains(text.value.utf8.count) else {
            table.log.add(text, "must have 1 to 8 octets, like \",\", is \(text.seen)")
            return nil
        }
        return UTF8Text(text.value)
    }

    /// A text with claims in braces; `{provider}` is the provider's name here.
    private static func template(_ table: TableReader) -> NameTemplate? {
        guard let text = table.string("name_template") else { return nil }
        guard text.value.utf8.count <= 200, let template = NameTemplate(parsing: UTF8Text(text.value)) else {
            table.log.add(
                text,
                "must have a claim in braces like \"{preferred_username}@{provider}\", with every brace closed, is \(text.seen)"
            )
            return nil
        }
        return template
    }
}
