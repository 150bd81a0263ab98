internal import GatehouseCore
internal import GatehouseFormats

/// oauth2-proxy's TOML file, its options one a line, or its variables of the environment.
struct OAuth2ProxyConversion {
    var draft = DraftConfiguration(origin: Conversion.Format.oauth2Proxy.title)
    /// By names as the file has them: `cookie_domains`; an option that may stand there once is a list of one.
    private var settings: [(name: String, values: [String])] = []

    private static let taken: Set = [
        "redirect_url", "cookie_domains", "cookie_domain", "cookie_expire", "cookie_name", "redis_connection_url",
        "htpasswd_file",
        "skip_auth_routes", "skip_auth_route", "skip_auth_regex", "allowed_groups", "allowed_group", "email_domains",
        "email_domain", "authenticated_emails_file", "whitelist_domains", "whitelist_domain", "trusted_ips",
        "trusted_ip",
        "htpasswd_user_groups", "htpasswd_user_group", "session_store_type", "banner", "skip_auth_preflight",
    ]
    /// What is passed over without a word.
    private static let meaningless: Set = [
        "cookie_secret", "cookie_secret_file", "cookie_secure", "cookie_httponly", "cookie_samesite", "cookie_path",
        "cookie_refresh",
        "cookie_csrf_per_request", "http_address", "https_address", "upstreams", "upstream", "reverse_proxy",
        "real_client_ip_header",
        "set_xauthrequest", "pass_user_headers", "pass_host_header", "proxy_prefix", "ping_path", "request_logging",
        "auth_logging",
        "standard_logging", "skip_provider_button", "footer", "custom_sign_in_logo", "display_htpasswd_form",
        "metrics_address",
        "silence_ping_logging", "ready_path", "config",
    ]

    init(_ octets: [UInt8]) throws(ImportError) {
        settings = try OAuth2ProxyConversion.settings(octets)
        guard !settings.isEmpty else { throw .malformed(line: 1, reason: "the file is empty") }
        let host = tables()
        let hasProvider = writeProvider()
        people(hasProvider: hasProvider)
        application(host)
        let known = hasProvider ? Self.taken.union(Self.ofProvider) : Self.taken
        for (name, _) in settings where !known.contains(name) {
            guard !OAuth2ProxyConversion.meaningless.contains(name) else { continue }
            let shown = DraftConfiguration.name(name)
            let isProvider = [
                "provider", "oidc_", "client_", "login_url", "redeem_url", "validate_url", "profile_url", "scope",
                "github_", "google_", "azure_", "gitlab_", "keycloak_", "code_challenge", "insecure_oidc", "prompt",
                "approval",
            ]
            .contains { name.hasPrefix($0) }
            draft.lost.append(
                isProvider
                    ? "\(shown): write a [[provider]] for it, as deploy/docs/providers.md says for each kind"
                    : "\(shown): there is nothing like it here")
        }
    }

    func values(_ names: String...) -> [String] {
        settings.filter { names.contains($0.name) }.flatMap(\.values)
    }

    // MARK: - Reading

    private static func settings(_ octets: [UInt8]) throws(ImportError) -> [(name: String, values: [String])] {
        let text = String(decoding: octets, as: UTF8.self)
        let lines = text.utf8.split(separator: 0x0A).map {
            String(decoding: Array(Assignments.trimmed($0)), as: UTF8.self)
        }
        let first = lines.first { !$0.isEmpty && !$0.hasPrefix("#") } ?? ""
        if first.hasPrefix("--") || first.hasPrefix("- --") || first.hasPrefix("-") { return options(lines) }
        if first.hasPrefix("OAUTH2_PROXY_") {
            return try Assignments(octets).all.map {
                (String($0.name.dropFirst("OAUTH2_PROXY_".count)).lowercased(), Assignments.list($0.value))
            }
        }
        let entries: [TOMLNode.Entry]
        do throws(TOMLDocument.Invalid) {
            let document = try TOMLDocument(octets)
            guard case .table(let found) = document.root.content else { return [] }
            entries = found
        } catch {
            // The parser's words may quote the file, which holds secrets.
            throw .malformed(line: error.place.line, reason: "is no TOML")
        }
        return entries.map { ($0.key.string, texts($0.value)) }
    }

    /// `--name=value`, `--name value` or `--name`, also as items of a YAML list.
    private static func options(_ lines: [String]) -> [(name: String, values: [String])] {
        var found: [(name: String, values: [String])] = []
        for line in lines {
            var rest = line.hasPrefix("- ") ? String(line.dropFirst(2)) : line
            rest = String(rest.drop { $0 == "\"" || $0 == "'" })
            while let last = rest.last, "\"'\\ ,".contains(last) { rest.removeLast() }
            guard rest.hasPrefix("--") else { continue }
            let parts = rest.dropFirst(2).split(maxSplits: 1, omittingEmptySubsequences: true) {
                $0 == "=" || $0 == " "
            }
            guard let name = parts.first else { continue }
            let value = parts.count == 2 ? parts[1].filter { $0 != "\"" && $0 != "'" } : "true"
            found.append((String(name).replacing("-", with: "_"), [String(value)]))
        }
        return found
    }

    private static func texts(_ node: TOMLNode) -> [String] {
        switch node.content {
        case .string(let text): [text.string]
        case .array(let items): items.flatMap(texts)
        case .boolean(let flag): [flag ? "true" : "false"]
        case .integer(let number): ["\(number)"]
        default: []
        }
    }

    // MARK: - Tables

    /// Writes where people sign in, and gives that host.
    private mutating func tables() -> String {
        let url = values("redirect_url").first
        let host = url.flatMap { $0.split(separator: "/").dropFirst().first.map(String.init) } ?? "app.example.com"
        var portal = DraftConfiguration.Table("[portal]")
        portal.set(
            "url", text: "https://\(host)/_gatehouse",
            "a path of the host that redirect_url has; it could be a host of its own")
        draft.tables.append(portal)
        let domains = values("cookie_domains", "cookie_domain").map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        if let domain = domains.first, domain != host {
            var cookie = DraftConfiguration.Table("[cookie]")
            cookie.set("domain", text: domain)
            draft.tables.append(cookie)
        }
        if domains.count > 1 {
            draft.lost.append("cookie_domains: one Gatehouse serves one domain; run another one for each more")
        }
        draft.tables.append(.keys)
        var sessions = DraftConfiguration.Table("[sessions]")
        if let store = values("redis_connection_url").first {
            let isPlain = store.hasPrefix("redis://") && !store.contains("@")
            if isPlain { sessions.set("store", text: store) }
            if !isPlain {
                draft.lost.append(
                    "redis_connection_url: has a password or TLS; set sessions.store and sessions.password")
            }
        }
        if let text = values("cookie_expire").first,
            let seconds = AutheliaTime.seconds(text.replacing("0m0s", with: "")),
            (1...31_536_000).contains(seconds)
        {
            sessions.set("absolute", text: AutheliaTime.text(seconds))
            if seconds < 3_600 { sessions.set("idle", text: AutheliaTime.text(seconds)) }
        }
        if !sessions.lines.isEmpty { draft.tables.append(sessions) }
        return host
    }

    private mutating func people(hasProvider: Bool) {
        if let file = values("htpasswd_file").first {
            draft.steps.append(
                "Take the people over, with their passwords:\ngatehouse user import \(AutheliaConversion.word(file)) --format htpasswd"
            )
        }
        if !values("htpasswd_user_groups", "htpasswd_user_group").isEmpty {
            draft.lost.append(
                "htpasswd_user_groups: put these people into their groups: gatehouse group members add GROUP NAME...")
        }
        let domains = values("email_domains", "email_domain")
        if hasProvider {
            if domains.contains(where: { $0.hasPrefix(".") }) {
                draft.lost.append("email_domains: a domain does not stand for those below it; name each of them")
            }
        } else if !domains.isEmpty, domains != ["*"] {
            draft.lost.append("email_domains: people are those that you add; their addresses decide nothing")
        }
        if !values("authenticated_emails_file").isEmpty {
            draft.lost.append(
                hasProvider
                    ? "authenticated_emails_file: name these addresses in allow = { emails = [...] }"
                    : "authenticated_emails_file: add these people: gatehouse user add NAME --email ADDRESS")
        }
        if !values("trusted_ips", "trusted_ip").isEmpty {
            draft.lost.append(
                "trusted_ips: asks where a visitor comes from, which no rule here does; it is left out, and they sign in"
            )
        }
    }

    private mutating func application(_ host: String) {
        let more = values("whitelist_domains", "whitelist_domain").map { $0.hasPrefix(".") ? "*\($0)" : $0 }
        var hosts = [host]
        for name in more where !hosts.contains(name) && !name.contains("*.*") { hosts.append(name) }
        var table = DraftConfiguration.Table(
            "[[application]]",
            words: ["Every host that the proxy asks about has to be named, here or in an application of its own."])
        table.set("name", text: "app")
        table.set("hosts", texts: hosts)
        if values("skip_auth_preflight") == ["true"] { table.set("allow_preflight", "true") }
        draft.tables.append(table)
        var rules: [SourceRule] = []
        for text in values("skip_auth_routes", "skip_auth_route", "skip_auth_regex") { rules.append(route(text)) }
        let groups = values("allowed_groups", "allowed_group").map { "group:\($0)" }
        let standard = SourceRule(place: "the rest", verdict: groups.isEmpty ? .signedIn : .some(groups.map { [$0] }))
        let chain = RuleChain(rules, standard: standard)
        draft.tables += chain.tables
        draft.lost += chain.lost
    }

    /// `GET=^/health`, `^/health`, or `POST!=^/x`.
    private func route(_ text: String) -> SourceRule {
        var rule = SourceRule(place: "skip_auth_routes \(Shown.text(text))", verdict: .anyone)
        var expression = text
        if let equals = text.firstRange(of: "="),
            text[..<equals.lowerBound].allSatisfy({ $0.isASCII && $0.isLetter || $0 == "!" })
        {
            let method = text[..<equals.lowerBound]
            expression = String(text[equals.upperBound...])
            if method.hasSuffix("!") {
                rule.obstacle = "opens all paths but one, which no rule here does"
                return rule
            }
            if !method.isEmpty { rule.methods = [method.uppercased()] }
        }
        if let route = RouteExpression(expression, comparedWith: .path) {
            rule.paths = route.paths
            if route.isNarrower {
                rule.words = [
                    "\(Shown.text(text)) went on within the last part, too; here it is whole parts of the path."
                ]
            }
        } else {
            rule.obstacle = "has no equal among patterns like /public/**"
        }
        return rule
    }
}
