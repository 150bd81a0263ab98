internal import GatehouseCore

/// Authelia's `configuration.yml`.
struct AutheliaConversion {
    private(set) var draft = DraftConfiguration(origin: Conversion.Format.authelia.title)
    private let root: YAMLNode

    /// What is taken, and what is passed over without a word since it has no meaning here.
    private static let taken: Set = [
        "access_control", "session", "authentication_backend", "notifier", "identity_providers",
    ]
    private static let meaningless: Set = [
        "server", "log", "storage", "theme", "jwt_secret", "default_redirection_url", "host", "port", "telemetry",
        "ntp",
        "certificates_directory", "default_2fa_method",
    ]
    private static let missing = [
        "totp": "there are no second factors yet", "webauthn": "there are no second factors yet",
        "duo_api": "there are no second factors yet",
        "identity_validation": "how long links for a new password work is passwords.reset_lifetime",
        "regulation": "attempts are limited by [throttle], with defaults of its own",
        "password_policy": "what new passwords must be like is in [passwords]",
        "privacy_policy": "the pages have no such link; portal.contact names whom to turn to",
        "definitions": "of its names only those of networks are taken",
    ]

    init(_ octets: [UInt8], _ wishes: Conversion.Wishes) throws(ImportError) {
        root = try YAMLNode(octets)
        guard case .mapping = root else {
            throw .malformed(
                line: root.line, reason: "is no configuration of Authelia's: it must have keys at its left")
        }
        if root["users"] != nil, root["access_control"] == nil {
            throw .malformed(line: root.line, reason: "holds people, not settings: take `gatehouse user import` for it")
        }
        let rules = AutheliaRules(root, wishes)
        portal(rules)
        session()
        people()
        mail()
        clients()
        draft.tables += rules.tables
        draft.lost += rules.lost
        for (name, line) in root.keys where !AutheliaConversion.taken.contains(name) {
            guard !AutheliaConversion.meaningless.contains(name) else { continue }
            if name == "definitions", root[name]?.keys.allSatisfy({ $0.name == "network" }) ?? true { continue }
            let reason = AutheliaConversion.missing[name] ?? "there is nothing like it here"
            draft.lost.append("\(DraftConfiguration.name(name)) (line \(line)): \(reason)")
        }
    }

    // MARK: - Portal and sessions

    private mutating func portal(_ rules: AutheliaRules) {
        let cookies = root["session", "cookies"]?.items ?? []
        let domain = cookies.first?["domain"]?.text ?? root["session", "domain"]?.text
        let url = cookies.first?["authelia_url"]?.text
        if cookies.count > 1 {
            draft.lost.append(
                "session.cookies (line \(cookies[1].line)): one Gatehouse serves one domain; run another one for each more"
            )
        }
        var portal = DraftConfiguration.Table("[portal]")
        portal.set(
            "url", text: url.map(AutheliaConversion.trimmed) ?? "https://auth.\(domain ?? "example.com")",
            url == nil ? "a guess: the file does not say where people sign in" : nil)
        let home = cookies.first?["default_redirection_url"]?.text ?? root["default_redirection_url"]?.text
        // One on a host that no application names would be refused.
        if let home, rules.hosts.contains(where: { home.utf8.starts(with: "https://\($0)".utf8) }) {
            portal.set("home", text: home)
        } else if home != nil {
            draft.lost.append(
                "default_redirection_url: is on a host that no rule names; add an [[application]], then portal.home")
        }
        draft.tables.append(portal)
        if let domain {
            var cookie = DraftConfiguration.Table("[cookie]")
            cookie.set("domain", text: domain)
            draft.tables.append(cookie)
        }
        draft.tables.append(.keys)
    }

    private static func trimmed(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    private mutating func session() {
        guard let session = root["session"] else { return }
        let first = session["cookies"]?.items.first
        var table = DraftConfiguration.Table("[sessions]")
        if let redis = session["redis"] { store(redis, &table) }
        for (name, key) in [("inactivity", "idle"), ("expiration", "absolute"), ("remember_me", "remember_absolute")] {
            guard
                let node = first?[name] ?? session[name]
                    ?? (name == "remember_me" ? session["remember_me_duration"] : nil),
                let text = node.text
            else { continue }
            guard let seconds = AutheliaTime.seconds(text), (1...31_536_000).contains(seconds) else {
                draft.lost.append(
                    "session.\(name) (line \(node.line)): \(Shown.text(text)) is no time from 1s to 365d; set sessions.\(key)"
                )
                continue
            }
            table.set(key, text: AutheliaTime.text(seconds))
            if key == "absolute", seconds < 3_600, (first ?? session)["inactivity"] == nil {
                table.set("idle", text: AutheliaTime.text(seconds))
            }
            if key == "remember_absolute", seconds < 14 * 86_400 {
                table.set("remember_idle", text: AutheliaTime.text(seconds))
            }
        }
        if !table.lines.isEmpty { draft.tables.append(table) }
    }

    private mutating func store(_ redis: YAMLNode, _ table: inout DraftConfiguration.Table) {
        let host = redis["host"]?.text ?? "127.0.0.1"
        let index = redis["database_index"]?.text ?? "0"
        if let sentinels = redis["high_availability"] {
            let name = sentinels["sentinel_name"]?.text ?? "mymaster"
            let hosts = AutheliaConversion.sentinels(host: redis["host"]?.text, port: redis["port"]?.text, sentinels)
            table.set("store", text: "redis+sentinel://\(hosts.joined(separator: ","))/\(name)/\(index)")
            table.set("sentinel_username", text: sentinels["sentinel_username"]?.text)
            if sentinels["sentinel_password"] != nil {
                table.set("sentinel_password", text: "file:keys/sentinel")
                draft.steps.append(
                    "Put session.redis.high_availability.sentinel_password into keys/sentinel (mode 0600)")
            }
        } else if host.hasPrefix("/") {
            table.set("store", text: "redis+unix://\(host)?db=\(index)")
        } else {
            let port = redis["port"]?.text ?? "6379"
            table.set("store", text: "redis://\(AutheliaConversion.bracketed(host)):\(port)/\(index)")
        }
        table.set("username", text: redis["username"]?.text)
        if redis["password"] != nil {
            table.set("password", text: "file:keys/redis")
            draft.steps.append("Put session.redis.password into keys/redis (mode 0600)")
        }
        if let node = redis["tls"] {
            draft.lost.append("session.redis.tls (line \(node.line)): Redis is spoken to without TLS")
        }
    }

    /// Those of `nodes` and the one that stands as Redis' own host, each once.
    private static func sentinels(host: String?, port: String?, _ node: YAMLNode) -> [String] {
        var hosts = host.map { ["\(bracketed($0)):\(port ?? "26379")"] } ?? []
        for node in node["nodes"]?.items ?? [] {
            guard let host = node["host"]?.text else { continue }
            let name = "\(bracketed(host)):\(node["port"]?.text ?? "26379")"
            if !hosts.contains(name) { hosts.append(name) }
        }
        return hosts
    }

    private static func bracketed(_ host: String) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }

    // MARK: - People and mail

    private mutating func clients() {
        let url = root["session", "cookies"]?.items.first?["authelia_url"]?.text.map(AutheliaConversion.trimmed)
        guard let clients = AutheliaClients(root["identity_providers"], signedInAt: url) else { return }
        draft.lost += clients.lost
        draft.steps += clients.steps
    }

    private mutating func people() {
        if let file = root["authentication_backend", "file"] {
            let path = file["path"]?.text ?? "users_database.yml"
            draft.steps.append(
                "Take the people over, with their passwords:\ngatehouse user import \(AutheliaConversion.word(path))")
        }
        for (name, reason) in AutheliaConversion.missingOfPeople {
            guard let node = root["authentication_backend", name] else { continue }
            draft.lost.append("authentication_backend.\(name) (line \(node.line)): \(reason)")
        }
        if let ldap = root["authentication_backend", "ldap"] {
            let directory = AutheliaDirectory(ldap)
            draft.tables.append(directory.table)
            draft.lost += directory.lost
            draft.steps += directory.steps
        }
    }

    private static let missingOfPeople = [
        ("password_reset", "people get a link by mail where there is [mail], and none without it"),
        ("password_change", "people change their own password on their account's page"),
        ("refresh_interval", "how old what is known of people may become is identity.refresh"),
    ]

    /// A path as the shell takes it.
    static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "/._-".utf8.contains($0) }
        return isPlain ? text : "FILE"
    }

    private mutating func mail() {
        if root["notifier", "filesystem"] != nil {
            draft.lost.append("notifier.filesystem: mails into files are [mail] backend = \"file\" with a folder")
        }
        guard let smtp = root["notifier", "smtp"] else { return }
        var scheme = "submission"
        var host = smtp["host"]?.text ?? "localhost"
        var port = smtp["port"]?.text
        if let address = smtp["address"]?.text {
            let rest: Substring
            if let mark = address.firstRange(of: "://") {
                (scheme, rest) = (String(address[..<mark.lowerBound]), address[mark.upperBound...])
            } else {
                rest = address[...]
            }
            let parts = rest.split(separator: ":", maxSplits: 1)
            host = parts.first.map(String.init) ?? host
            port = parts.count == 2 ? String(parts[1]) : nil
        }
        var table = DraftConfiguration.Table("[mail]")
        table.set("backend", text: "smtp")
        table.set("from", text: smtp["sender"]?.text ?? "Gatehouse <auth@example.com>")
        table.set("host", text: host)
        let isLocal = host == "localhost" || host.hasPrefix("127.")
        table.set(
            "encryption", text: scheme == "submissions" ? "tls" : scheme == "smtp" && isLocal ? "none" : "starttls")
        if let port, let number = Int(port), (1...65_535).contains(number) { table.set("port", "\(number)") }
        if let username = smtp["username"]?.text {
            table.set("username", text: username)
            table.set("password", text: "file:keys/mail")
            draft.steps.append("Put notifier.smtp.password into keys/mail (mode 0600)")
        }
        table.set("helo", text: smtp["identifier"]?.text)
        draft.tables.append(table)
    }
}

/// Times as Authelia writes them: seconds, or numbers with units like `1h30m`, `2 weeks`.
enum AutheliaTime {
    private static let units: [(names: [String], seconds: Int)] = [
        (["s", "sec", "second", "seconds"], 1), (["m", "min", "minute", "minutes"], 60),
        (["h", "hour", "hours"], 3_600),
        (["d", "day", "days"], 86_400), (["w", "week", "weeks"], 604_800), (["M", "month", "months"], 2_592_000),
        (["y", "year", "years"], 31_536_000),
    ]

    static func seconds(_ text: String) -> Int? {
        let bytes = text.utf8.filter { $0 != 0x20 }
        if let seconds = ASCII.decimal(bytes.span, limit: 1 << 40) { return seconds }
        var rest = bytes[...]
        var sum = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ASCII.isDigit($0) }
            rest = rest.dropFirst(digits.count)
            let unit = String(decoding: rest.prefix { !ASCII.isDigit($0) }, as: UTF8.self)
            rest = rest.dropFirst(unit.utf8.count)
            guard let number = ASCII.decimal(Array(digits).span, limit: 1 << 24),
                let factor = units.first(where: { $0.names.contains(unit) })?.seconds
            else { return nil }
            sum += number * factor
            // Many of them could come to more than an Int holds.
            guard sum <= 1 << 40 else { return nil }
        }
        return sum > 0 ? sum : nil
    }

    /// As Gatehouse writes it: in the largest unit that is whole.
    static func text(_ seconds: Int) -> String {
        for (name, factor) in [("d", 86_400), ("h", 3_600), ("m", 60)] where seconds % factor == 0 && seconds >= factor
        {
            return "\(seconds / factor)\(name)"
        }
        return "\(seconds)s"
    }
}
