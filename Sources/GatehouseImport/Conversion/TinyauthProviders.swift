internal import GatehouseCore

/// The providers of tinyauth's environment, as each of its versions spells them.
struct TinyauthProviders {
    private(set) var tables: [DraftConfiguration.Table] = []
    private(set) var lost: [String] = []
    private(set) var steps: [String] = []

    /// What tinyauth has around its providers.
    struct Surroundings {
        /// `OAUTH_WHITELIST` and the like.
        let settings: [String: String]
        /// Whether an application asks for groups of providers.
        let wantsGroups: Bool
        /// Whether people of a directory sign in beside them.
        let hasDirectory: Bool
    }

    init(_ found: [TinyauthProvider], in surroundings: Surroundings) {
        // Those of backends, and of keys that are there already.
        var names: Set<String> = ["database", "ldap", "lookup", "seal", "mail", "redis", "sentinel"]
        for (index, provider) in found.enumerated() {
            guard let id = provider.values[.id], let known = provider.kind else {
                lost.append(
                    "\(provider.spelling): a provider without an id or the addresses where it is asked; write a [[provider]] for it, as "
                        + "deploy/docs/providers.md says for each kind")
                continue
            }
            let name = names.contains(provider.name) || !provider.isNameFine ? "provider-\(index + 1)" : provider.name
            names.insert(name)
            var table = DraftConfiguration.Table("[[provider]]")
            table.set("type", text: known.type)
            if !name.utf8.elementsEqual(known.type.utf8) { table.set("name", text: name) }
            table.set("title", text: provider.title)
            for (key, value) in known.lines { table.set(key, value) }
            table.set("client_id", text: id)
            table.set("client_secret", text: "file:keys/\(name)")
            if let scopes = provider.scopes(known.type) { table.set("scopes", texts: scopes) }
            let admission = TinyauthAdmission(of: provider, surroundings.settings)
            table.set("allow", admission.allow, admission.words)
            for words in admission.lost where !lost.contains(words) { lost.append(words) }
            if surroundings.hasDirectory {
                table.set(
                    "name_template", text: "{\(known.nameClaim)}@{provider}",
                    "keeps them apart from people of the directory")
            }
            if surroundings.wantsGroups { table.set("other_groups", "true") }
            if found.count == 1, provider.isMeant(by: surroundings.settings["OAUTH_AUTO_REDIRECT"]) {
                table.set("auto", "true")
            }
            tables.append(table)
            tell(of: provider, as: name, isPlain: known.type.utf8.elementsEqual("oauth2".utf8))
        }
        if found.count > 1, found.contains(where: { $0.isMeant(by: surroundings.settings["OAUTH_AUTO_REDIRECT"]) }) {
            lost.append("OAUTH_AUTO_REDIRECT: where there are several providers, people choose")
        }
        if let name = surroundings.settings["OAUTH_AUTO_REDIRECT"], !name.isEmpty, name.lowercased() != "none",
            !found.contains(where: { $0.isMeant(by: name) })
        {
            lost.append("OAUTH_AUTO_REDIRECT: there is no provider \(Shown.text(name)) in the file")
        }
    }

    private mutating func tell(of provider: TinyauthProvider, as name: String, isPlain: Bool) {
        let source = provider.secretSource.map { ", from \($0)" } ?? ""
        steps.append("Write the client's secret\(source):\n(umask 077; cat > keys/\(name))")
        steps.append(
            "Register the redirect address of `gatehouse provider check \(name) --offline` in place of /api/oauth/callback"
        )
        if isPlain {
            steps.append(
                "See whether the provider \"\(name)\" speaks OpenID Connect: type = \"oidc\" with its issuer, in place of endpoints, "
                    + "proves more")
        }
        if provider.values[.insecure]?.lowercased() == "true" {
            lost.append("\(provider.spelling): certificates are always verified; name their authority in ca_file")
        }
    }
}

/// Who could come in from tinyauth's providers, by address.
private struct TinyauthAdmission {
    private(set) var allow = "{ subjects = [\"nobody\"] }"
    private(set) var words: String? = "say here who may come in"
    private(set) var lost: [String] = []

    /// The provider's own list takes the place of that for all.
    init(of provider: TinyauthProvider, _ settings: [String: String]) {
        let everyones = "OAUTH_WHITELIST"
        var files = settings.keys.filter { $0.hasPrefix(everyones) && $0.utf8.count > everyones.utf8.count }.sorted()
        if provider.values[.listFile] != nil { files.append("\(provider.spelling)_WHITELISTFILE") }
        guard files.isEmpty else {
            lost = files.map { "\($0): is not read here; say in allow of each provider who may come in" }
            return
        }
        let own = provider.values[.list].flatMap { $0.isEmpty ? nil : $0 }
        let name = own == nil ? everyones : "\(provider.spelling)_WHITELIST"
        let text = own ?? settings[everyones] ?? ""
        let entries = Assignments.list(text)
        if entries.isEmpty {
            if settings["AUTH_ACLS_POLICY"]?.lowercased() == "deny" {
                lost = ["\(name): names nobody, and AUTH_ACLS_POLICY lets nobody in; say in allow who may come in"]
            } else {
                (allow, words) = ("\"everyone\"", "as tinyauth did without \(everyones)")
            }
        } else if text.hasPrefix("/"), text.hasSuffix("/") {
            guard let domain = TinyauthAdmission.domain(text) else {
                lost = [
                    "\(name): the expression \(Shown.text(text)) has no equal; say in allow of each provider who may come in"
                ]
                return
            }
            (allow, words) = ("{ domains = \(DraftConfiguration.list([domain])) }", "only addresses that are verified")
        } else {
            // An expression beside addresses let nobody in there either.
            let emails = entries.filter { EmailAddress.problem(of: $0) == nil }
            guard emails.count == entries.count else {
                lost = ["\(name): \(Shown.text(text)) is no list of addresses; say in allow who may come in"]
                return
            }
            (allow, words) = ("{ emails = \(DraftConfiguration.list(emails)) }", "only addresses that are verified")
        }
    }

    /// The domain of an expression like `/^.*@example\.com$/`, which is about nothing else.
    private static func domain(_ text: String) -> String? {
        var rest = String(text.dropFirst().dropLast())
        for start in ["^.*", "^.+", ".*", ".+"] where rest.hasPrefix(start) {
            rest = String(rest.dropFirst(start.count))
            break
        }
        guard rest.hasPrefix("@"), rest.hasSuffix("$") else { return nil }
        let domain = String(rest.dropFirst().dropLast()).replacing("\\.", with: ".")
        guard domain.utf8.contains(UInt8(ascii: ".")),
            domain.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || ".-".utf8.contains($0) })
        else { return nil }
        return domain.lowercased()
    }
}
