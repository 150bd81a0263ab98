/// tinyauth's environment, with or without the prefix `TINYAUTH_`.
struct TinyauthConversion {
    private(set) var draft = DraftConfiguration(origin: Conversion.Format.tinyauth.title)

    /// What an application is allowed, by its name.
    private struct App {
        var domain: String?
        var values: [String: (value: String, name: String)] = [:]
    }

    private static let prefix = "TINYAUTH_"
    /// What is passed over without a word: it has no meaning here, or another default is as good.
    private static let meaningless: Set = [
        "SECRET", "SECRET_FILE", "PORT", "ADDRESS", "COOKIE_SECURE", "LOG_LEVEL", "APP_TITLE", "TRUSTED_PROXIES",
        "DATABASE_PATH",
        "DISABLE_ANALYTICS", "RESOURCES_DIR", "BACKGROUND_IMAGE", "DISABLE_CONTINUE", "LOGIN_TIMEOUT",
        "LOGIN_MAX_RETRIES",
        "SERVER_PORT", "SERVER_ADDRESS", "AUTH_SECURECOOKIE",
    ]

    init(_ octets: [UInt8]) throws(ImportError) {
        let assignments = try Assignments(octets)
        var settings: [String: String] = [:]
        var apps: [(name: String, app: App)] = []
        var providers: [TinyauthProvider] = []
        for one in assignments.all {
            let isLong = one.name.hasPrefix(TinyauthConversion.prefix)
            let name = isLong ? String(one.name.dropFirst(TinyauthConversion.prefix.count)) : one.name
            if name.hasPrefix("APPS_"), let (app, key) = TinyauthConversion.appKey(name) {
                let index = apps.firstIndex { $0.name == app } ?? apps.count
                if index == apps.count { apps.append((app, App())) }
                if key == "CONFIG_DOMAIN" { apps[index].app.domain = one.value.lowercased() }
                apps[index].app.values[key] = (one.value, one.name)
            } else if !TinyauthProvider.take(name, one.value, into: &providers) {
                settings[TinyauthConversion.renamed[name] ?? name] = one.value
            }
        }
        guard !assignments.all.isEmpty else { throw .malformed(line: 1, reason: "the file is empty") }
        portal(settings, hasProviders: providers.contains(where: \.isWhole))
        people(settings)
        directory(settings)
        provide(providers, settings, apps.map(\.app))
        applications(apps, deniesOthers: settings["AUTH_ACLS_POLICY"]?.lowercased() == "deny")
        for name in settings.keys.sorted() where !TinyauthConversion.isTaken(name) {
            draft.lost.append(
                name.hasPrefix("OIDC_")
                    ? "\(name): Gatehouse is no OpenID Connect provider; what asked tinyauth who somebody is can read Remote-User"
                    : "\(name): there is nothing like it here")
        }
    }

    /// The names of later versions.
    private static let renamed = [
        "APPURL": "APP_URL", "AUTH_USERS": "USERS", "AUTH_USERSFILE": "USERS_FILE",
        "AUTH_SESSIONEXPIRY": "SESSION_EXPIRY",
        "OAUTH_AUTOREDIRECT": "OAUTH_AUTO_REDIRECT", "UI_TITLE": "APP_TITLE", "LDAP_BINDDN": "LDAP_BIND_DN",
        "LDAP_BINDPASSWORD": "LDAP_BIND_PASSWORD",
        "LDAP_BASEDN": "LDAP_BASE_DN", "LDAP_SEARCHFILTER": "LDAP_SEARCH_FILTER",
    ]

    private static func isTaken(_ name: String) -> Bool {
        meaningless.contains(name) || name.hasPrefix("LDAP_") || name.hasPrefix("OAUTH_WHITELIST")
            || name == "OAUTH_AUTO_REDIRECT"
            || ["APP_URL", "USERS", "USERS_FILE", "SESSION_EXPIRY"].contains(name)
    }

    /// `APPS_NAME_CONFIG_DOMAIN` in its parts.
    private static func appKey(_ name: String) -> (app: String, key: String)? {
        let keys = [
            "CONFIG_DOMAIN", "USERS_ALLOW", "USERS_BLOCK", "PATH_ALLOW", "PATH_BLOCK", "OAUTH_WHITELIST",
            "OAUTH_GROUPS",
            "LDAP_GROUPS", "IP_ALLOW", "IP_BLOCK", "IP_BYPASS",
        ]
        let rest = String(name.dropFirst("APPS_".count))
        guard let key = keys.first(where: { rest.hasSuffix("_\($0)") }) else { return nil }
        return (String(rest.dropLast(key.count + 1)).lowercased().replacing("_", with: "-"), key)
    }

    // MARK: - Tables

    private mutating func portal(_ settings: [String: String], hasProviders: Bool) {
        let url = settings["APP_URL"] ?? "https://auth.example.com"
        var portal = DraftConfiguration.Table("[portal]")
        portal.set("url", text: url.hasSuffix("/") ? String(url.dropLast()) : url)
        portal.set("name", text: settings["APP_TITLE"])
        if hasProviders, ["USERS", "USERS_FILE", "LDAP_ADDRESS"].allSatisfy({ settings[$0] == nil }) {
            portal.set("passwords", "false", "as nobody had one")
        }
        draft.tables.append(portal)
        let host = url.split(separator: "/").dropFirst().first.map(String.init) ?? "auth.example.com"
        // tinyauth's cookie is for the domain above its own host.
        let labels = (host.split(separator: ":").first ?? "").split(separator: ".")
        let domain = labels.dropFirst().joined(separator: ".")
        if domain.contains(".") {
            var cookie = DraftConfiguration.Table("[cookie]")
            cookie.set("domain", text: domain)
            draft.tables.append(cookie)
        }
        draft.tables.append(.keys)
        if let text = settings["SESSION_EXPIRY"] {
            if let seconds = AutheliaTime.seconds(text), (1...31_536_000).contains(seconds) {
                var sessions = DraftConfiguration.Table("[sessions]")
                sessions.set("absolute", text: AutheliaTime.text(seconds))
                if seconds < 3_600 { sessions.set("idle", text: AutheliaTime.text(seconds)) }
                draft.tables.append(sessions)
            } else {
                draft.lost.append("SESSION_EXPIRY: is no time from 1s to 365d; set sessions.absolute")
            }
        }
    }

    private mutating func people(_ settings: [String: String]) {
        if settings["USERS"] != nil {
            draft.steps.append(
                "Put the users into a file, one a line, with single dollar signs, and take them over with their passwords:\n"
                    + "gatehouse user import users.htpasswd")
        }
        if let file = settings["USERS_FILE"] {
            draft.steps.append(
                "Take the people over, with their passwords:\ngatehouse user import \(AutheliaConversion.word(file)) --format htpasswd"
            )
        }
    }

    private mutating func directory(_ settings: [String: String]) {
        guard let address = settings["LDAP_ADDRESS"] else { return }
        var table = DraftConfiguration.Table("[[backend]]")
        table.set("type", text: "ldap")
        table.set("urls", texts: [address])
        table.set("bind_dn", text: settings["LDAP_BIND_DN"])
        if settings["LDAP_BIND_DN"] != nil {
            table.set("bind_password", text: "file:keys/ldap")
            draft.steps.append("Put LDAP_BIND_PASSWORD into keys/ldap (mode 0600)")
        }
        table.set("base", text: settings["LDAP_BASE_DN"] ?? "dc=example,dc=com")
        table.set("filter", text: (settings["LDAP_SEARCH_FILTER"] ?? "(uid=%s)").replacing("%s", with: "{name}"))
        draft.tables.append(table)
        if settings["LDAP_INSECURE"]?.lowercased() == "true" {
            draft.lost.append("LDAP_INSECURE: certificates are always verified; name their authority in ca_file")
        }
    }

    private mutating func provide(_ found: [TinyauthProvider], _ settings: [String: String], _ apps: [App]) {
        let providers = TinyauthProviders(
            found,
            in: TinyauthProviders.Surroundings(
                settings: settings, wantsGroups: apps.contains { $0.values["OAUTH_GROUPS"]?.value.isEmpty == false },
                hasDirectory: settings["LDAP_ADDRESS"] != nil))
        draft.tables += providers.tables
        draft.lost += providers.lost
        draft.steps += providers.steps
    }

    /// With `deniesOthers` nobody comes into an application that names nobody.
    private mutating func applications(_ apps: [(name: String, app: App)], deniesOthers: Bool) {
        if apps.isEmpty {
            draft.lost.append(
                "the file names no application: every host that the proxy asks about was protected; name them below")
        }
        for (name, app) in apps.isEmpty ? [("app", App(domain: "app.example.com"))] : apps {
            var table = DraftConfiguration.Table("[[application]]")
            table.set("name", text: name)
            table.set("hosts", texts: [app.domain ?? "\(name).example.com"], app.domain == nil ? "a guess" : nil)
            draft.tables.append(table)
            let rules = rules(app) + (closing(app, name).map { [$0] } ?? [])
            var standard = SourceRule(place: name, verdict: verdict(app))
            if deniesOthers, standard.verdict == .signedIn {
                standard.verdict = .nobody
                draft.lost.append("\(name): names nobody, and AUTH_ACLS_POLICY lets nobody in; say who may come in")
            }
            let chain = RuleChain(rules, standard: standard)
            draft.tables += chain.tables
            draft.lost += chain.lost
        }
    }

    private func rules(_ app: App) -> [SourceRule] {
        var rules: [SourceRule] = []
        // Paths in PATH_ALLOW are open; with PATH_BLOCK only those in it are protected.
        if let (text, name) = app.values["PATH_BLOCK"] {
            var rule = SourceRule(place: name, verdict: .anyone)
            rule.obstacle = "opens everything but \(Shown.text(text)); write rules for what is open"
            rules.append(rule)
        }
        if let (text, name) = app.values["PATH_ALLOW"] {
            var rule = SourceRule(place: name, verdict: .anyone)
            if let route = RouteExpression(text.hasPrefix("^") ? text : "^\(text)", comparedWith: .pathAndQuery) {
                rule.add(route)
                if !text.hasPrefix("^") {
                    rule.words.append("\(Shown.text(text)) matched anywhere in the path; here from its beginning.")
                }
            } else {
                rule.obstacle = "the path \(Shown.text(text)) has no equal among patterns like /public/**"
            }
            rules.append(rule)
        }
        for key in ["USERS_BLOCK", "IP_BLOCK"] {
            guard let (text, name) = app.values[key] else { continue }
            var rule = SourceRule(place: name, verdict: .nobody)
            rule.obstacle =
                "keeps \(Shown.text(text)) out and lets others in, which no rule here says; name who may come in"
            rules.append(rule)
        }
        if let (text, name) = app.values["OAUTH_WHITELIST"], !text.isEmpty {
            var rule = SourceRule(place: name, verdict: .nobody)
            rule.obstacle =
                "lets only \(Shown.text(text)) in of those from other services, which no rule here says; name who may come in"
            rules.append(rule)
        }
        for key in ["IP_ALLOW", "IP_BYPASS"] {
            guard let (_, name) = app.values[key] else { continue }
            var rule = SourceRule(place: name, verdict: key == "IP_BYPASS" ? .anyone : .nobody)
            rule.obstacle = "asks where a visitor comes from, which no rule here does"
            rules.append(rule)
        }
        return rules
    }

    /// The lists of who may come in, as far as they are filled: each for people of one kind, or for all.
    private func lists(_ app: App) -> [(name: String, conditions: [String])] {
        [("USERS_ALLOW", "user"), ("OAUTH_GROUPS", "group"), ("LDAP_GROUPS", "group")].compactMap {
            key, kind -> (name: String, conditions: [String])? in
            guard let (text, name) = app.values[key], !text.isEmpty else { return nil }
            return (name: name, conditions: Assignments.list(text).map { "\(kind):\($0)" })
        }
    }

    /// What closes the application if its lists are no list of Gatehouse's.
    private func closing(_ app: App, _ place: String) -> SourceRule? {
        let lists = lists(app)
        var rule = SourceRule(place: place, verdict: .nobody)
        if let empty = lists.first(where: \.conditions.isEmpty) {
            rule.obstacle = "\(empty.name) names nobody; name who may come in"
        } else if lists.count > 1 {
            // Somebody of a directory had to be in USERS_ALLOW and in LDAP_GROUPS; here one of them would be enough.
            rule.obstacle =
                "\(lists.map(\.name).joined(separator: " and ")) hold at once, or each for some people, which no rule here "
                + "says; name who may come in"
        }
        return rule.obstacle == nil ? nil : rule
    }

    /// Who may come in where no path says otherwise.
    private func verdict(_ app: App) -> SourceRule.Verdict {
        let conditions = lists(app).flatMap(\.conditions)
        return conditions.isEmpty ? .signedIn : .some(conditions.map { [$0] })
    }
}
