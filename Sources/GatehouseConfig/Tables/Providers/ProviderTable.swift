internal import GatehouseCore
package import GatehouseOIDC

/// One `[[provider]]`: somebody else who knows people, and says who they are.
package struct ProviderTable: Sendable {
    package let provider: Provider

    /// What belongs to the table and is compared with the others.
    private struct Reading {
        let table: TableReader
        let name: Found<String>?
        let isAutomatic: Bool
        let provider: ProviderTable?
    }

    /// The providers of a configuration, in their order.
    ///
    /// A name stands for people, too: sessions remember it as that of a backend.
    static func all(
        _ tables: [TableReader], _ secrets: SecretReader, backends: [BackendTable], log: ProblemLog
    ) -> [ProviderTable] {
        let readings = tables.map { read($0, secrets) }
        for (index, reading) in readings.enumerated() {
            if let name = reading.name {
                judge(name, at: index, readings, backends, log)
            }
            if reading.isAutomatic, readings.count > 1, let place = reading.table.value("auto")?.place {
                log.add(
                    place, reading.table.key("auto"),
                    "is for the only provider: with \(readings.count) of them nobody knows where to go; take it out")
            }
        }
        for reading in readings { judgePeople(of: reading, beside: backends, log) }
        return readings.compactMap(\.provider)
    }

    /// A name stands for one person, whoever signs that person in; applications know nothing else.
    private static func judgePeople(of reading: Reading, beside backends: [BackendTable], _ log: ProblemLog) {
        guard let provider = reading.provider?.provider else { return }
        let (table, rules) = (reading.table, provider.accounts)
        let hasDatabase = backends.contains { if case .database = $0.kind { true } else { false } }
        if rules.mode != .none, !hasDatabase {
            log.add(
                table.value("accounts")?.place ?? table.place, table.key("accounts"),
                "is for accounts in the database: add [[backend]] with type = \"database\", too")
        }
        if rules.mode != .link, provider.claims.nameTemplate?.namesProvider != true,
            let silent = backends.first(where: \.kind.keepsPeopleToItself)
        {
            log.add(
                table.value("name_template")?.place ?? table.place, table.key("name_template"),
                "must have {provider} in it, like \"{preferred_username}@{provider}\", beside [[backend]] \"\(silent.name)\": "
                    + "that one cannot be asked whether it knows somebody of a name, and whoever has the name there would be the same "
                    + "person to every application; or let only linked people in (\(table.key("accounts")) = \"link\")")
        }
        if rules.linksByEmail, provider.kind.facts.oddities.contains(.hostedDomain),
            !rules.ownsDomains.isSubset(of: provider.admission.domains)
        {
            log.add(
                table.value("link_by_email")?.place ?? table.place, table.key("link_by_email"),
                "needs allow = { domains = […] } with all of \(table.key("owns_domains")): a private account there may have an "
                    + "address of any domain")
        }
    }

    private static func judge(
        _ name: Found<String>, at index: Int, _ readings: [Reading], _ backends: [BackendTable], _ log: ProblemLog
    ) {
        let text = UTF8Text(name.value)
        if readings[..<index].contains(where: { $0.name.map { UTF8Text($0.value) } == text }) {
            log.add(
                name,
                "must be different for each provider, since /oidc/\(name.value)/callback belongs to one alone: is \(name.seen) twice; "
                    + "write name = \"…\" in one of them")
        } else if text == "database" || backends.contains(where: { $0.name.text == text }) {
            log.add(
                name, "must be different from the names of backends, is \(name.seen) like one: sessions remember it")
        }
    }

    private static func read(_ table: TableReader, _ secrets: SecretReader) -> Reading {
        let kind = kind(table)
        let name = name(table, kind)
        let auto = table.boolean("auto")?.value ?? false
        // Without a kind nothing else can be judged; what is unknown is told all the same.
        let facts = (kind ?? .oidc).facts
        let client = ClientKeys(table, kind ?? .oidc, facts, secrets)
        let issuer = IssuerKeys(table, kind ?? .oidc, facts, clientID: client.id)
        let claims = ClaimKeys.mapping(table, facts)
        let groups = GroupMapping(table, keepsOthers: false)
        let admission = AdmissionKeys.admission(table, kind ?? .oidc, issuer: issuer.issuer, tenants: issuer.tenants)
        let accounts = AccountKeys.rules(table, kind ?? .oidc, facts, groups)
        let tokens = TokenKeys.rules(table, facts, tenants: issuer.tenants)
        let session = ProviderSessionKeys.rules(table, facts, isAutomatic: auto)
        let scopes = client.scopes(facts, isAskedAgain: session.recheck != nil)
        let caFile = CertificateFile.path(table, folders: secrets.folders)
        let title = title(table, facts)
        let logo = LogoFile.logo(table, folders: secrets.folders)
        ProviderAdvice.tell(table, facts, title: title, claims: claims, groups: groups, admission: admission)
        table.finish()
        guard let kind, let name, let issuerText = issuer.issuer, let id = client.id, let admission,
            let authentication = client.authentication, let providerName = ProviderName(UTF8Text(name.value))
        else { return Reading(table: table, name: name, isAutomatic: auto, provider: nil) }
        let provider = Provider(
            name: providerName, title: UTF8Text(title), logo: logo, kind: kind, issuer: issuerText,
            client: ProviderClientIdentity(id: id, authentication: authentication, scopes: scopes),
            network: ProviderNetwork(hosts: issuer.hosts, caFile: caFile, endpoints: issuer.endpoints), tokens: tokens,
            claims: claims, admission: admission, accounts: accounts, session: session)
        return Reading(table: table, name: name, isAutomatic: auto, provider: ProviderTable(provider: provider))
    }

    private static func kind(_ table: TableReader) -> ProviderKind? {
        let kinds = ProviderKind.allCases.map(\.rawValue)
        table.note("type", .choice(kinds))
        guard let text = table.string("type") else {
            if table.value("type") == nil {
                table.require(
                    "type", "what it is: \(Shown.choices(kinds)); \"oidc\" fits whatever speaks OpenID Connect")
            }
            return nil
        }
        if let kind = ProviderKind.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.value.utf8) }) {
            return kind
        }
        let lowered = String(decoding: text.value.utf8.map { ASCII.lowercased($0) }, as: UTF8.self)
        let meant = otherNames[lowered] ?? Spelling.nearest(to: lowered, among: kinds)
        let advice = meant.map { "; did you mean \"\($0)\"?" } ?? "; \"oidc\" fits whatever speaks OpenID Connect"
        table.log.add(text, "must be \(Shown.choices(kinds)), is \(text.seen)\(advice)")
        return nil
    }

    /// What else some kinds are called, and which kind fits those that have none of their own.
    private static let otherNames = [
        "entra": "microsoft", "entra-id": "microsoft", "azure": "microsoft", "azuread": "microsoft",
        "azure-ad": "microsoft", "office365": "microsoft", "adfs": "oidc", "openid": "oidc", "openid-connect": "oidc",
        "dex": "oidc", "cognito": "oidc", "keycloak-oidc": "keycloak", "ping": "oidc", "pocket-id": "oidc",
        "oauth": "oauth2", "discord": "oauth2", "facebook": "oauth2", "codeberg": "forgejo",
    ]

    private static func name(_ table: TableReader, _ kind: ProviderKind?) -> Found<String>? {
        guard let text = table.string("name") else {
            guard table.value("name") == nil, let kind else { return nil }
            return Found(
                value: kind.rawValue, place: table.value("type")?.place ?? table.place, key: table.key("name"))
        }
        guard ProviderName(UTF8Text(text.value)) != nil else {
            table.log.add(
                text,
                "must be 1 to 32 small letters, digits or -, with a letter first, since it stands in addresses; is \(text.seen)"
            )
            return nil
        }
        return text
    }

    private static func title(_ table: TableReader, _ facts: ProviderFacts) -> String {
        guard let text = table.string("title") else { return facts.title }
        guard (1...60).contains(text.value.unicodeScalars.count), !OuterBlanks.isFound(in: text.value) else {
            table.log.add(text, "must have 1 to 60 characters and no blanks at its ends, is \(text.seen)")
            return facts.title
        }
        return text.value
    }
}
