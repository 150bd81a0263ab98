package import GatehouseCore

/// `[[application]]`: a protected site.
package struct ApplicationTable: Sendable {
    package let application: Application
    package let headers: IdentityHeaders
    /// Where the table starts.
    package let line: Int?

    /// What was read, and what the other applications are compared with.
    struct Reading {
        let table: ApplicationTable?
        let name: Found<String>?
        let hosts: [Found<ApplicationHost>]
        /// Where the scheme stands, or the table where it is left out.
        let schemePlace: Place
    }

    /// Reads a site; one on the portal's own origin has the portal's port where it names none.
    static func read(
        _ table: TableReader, _ permissions: PermissionsTable, _ zones: ZoneReader, portal: PortalTable?
    ) -> Reading {
        let name = name(table)
        let hosts = hosts(table)
        let scheme = scheme(table)
        let origins = origins(table)
        let allowsPreflight = table.boolean("allow_preflight")?.value ?? false
        let headers = table.headers()
        let disclosure = Disclosure(
            groups: patterns(table, "groups", isPermission: false),
            permissions: patterns(table, "permissions", isPermission: true))
        let globalImpliesObject = table.boolean("global_implies_object")?.value ?? false
        let rules = rules(table, name: name?.value, permissions, zones)
        table.finish()
        guard let name, !hosts.isEmpty else {
            return Reading(table: nil, name: name, hosts: hosts, schemePlace: table.place)
        }
        let application = Application(
            name: ApplicationName(name.value), hosts: hosts.map { portal?.placed($0.value, scheme) ?? $0.value },
            scheme: scheme, origins: origins,
            allowsPreflight: allowsPreflight, disclosure: disclosure, globalImpliesObject: globalImpliesObject,
            rules: rules)
        let line = table.place.line
        return Reading(
            table: ApplicationTable(application: application, headers: headers, line: line), name: name, hosts: hosts,
            schemePlace: table.value("scheme")?.place ?? table.place)
    }

    private static func name(_ table: TableReader) -> Found<String>? {
        guard let name = table.string("name") else {
            if table.value("name") == nil { table.require("name", "a short name, like \"reports\"") }
            return nil
        }
        let isSound = name.value.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
        guard isSound, (1...64).contains(name.value.utf8.count) else {
            table.log.add(name, "must have 1 to 64 letters, digits, - or _, is \(name.seen)")
            return nil
        }
        return name
    }

    private static func hosts(_ table: TableReader) -> [Found<ApplicationHost>] {
        guard let texts = table.strings("hosts") else {
            if table.value("hosts") == nil {
                table.require("hosts", "the names in the browser, like [\"reports.example.com\"]")
            }
            return []
        }
        if texts.isEmpty {
            table.log.add(table.value("hosts")?.place ?? table.place, table.key("hosts"), "must name at least one host")
        }
        var hosts: [Found<ApplicationHost>] = []
        for text in texts {
            guard let host = ApplicationHost(text.value) else {
                let forms = "\"app.example.com\", \"app.example.com:8443\" or \"*.example.com\""
                table.log.add(
                    text, "must be a host like \(forms), is \(text.seen)\(HostAdvice.about(host: text.value))")
                continue
            }
            if hosts.contains(where: { $0.value == host }) { table.log.add(text, "names \(text.seen) twice") }
            hosts.append(Found(value: host, place: text.place, key: text.key))
        }
        return hosts
    }

    private static func scheme(_ table: TableReader) -> Scheme {
        guard let text = table.string("scheme") else { return .https }
        if text.value.utf8.elementsEqual("https".utf8) { return .https }
        if text.value.utf8.elementsEqual("http".utf8) { return .http }
        table.log.add(text, "must be \"https\" or \"http\", is \(text.seen)")
        return .https
    }

    private static func origins(_ table: TableReader) -> [Origin] {
        (table.strings("origins") ?? []).compactMap { text in
            if let origin = Origin(text.value) { return origin }
            table.log.add(
                text,
                "must be an origin like \"https://chat.example.com\", without a path, is \(text.seen)"
                    + HostAdvice.about(url: text.value))
            return nil
        }
    }

    private static func patterns(_ table: TableReader, _ name: String, isPermission: Bool) -> [NamePattern] {
        (table.strings(name) ?? []).compactMap { text in
            let bytes = Array(text.value.utf8)
            let fixed = bytes.last == UInt8(ascii: "*") ? bytes.dropLast() : bytes[...]
            let isSound = !bytes.isEmpty && !fixed.contains(UInt8(ascii: "*"))
            guard isSound, !isPermission || fixed.isEmpty || fixed.contains(UInt8(ascii: ".")) else {
                let forms = isPermission ? "\"reports.view_report\", \"reports.*\"" : "\"admins\", \"team-*\""
                table.log.add(text, "must be a name, or its beginning and a *, like \(forms) or \"*\", is \(text.seen)")
                return nil
            }
            guard !table.log.refuseBlanks(text.value, in: text),
                !table.log.refuseBlanks(String(decoding: fixed, as: UTF8.self), in: text)
            else { return nil }
            let pattern = NamePattern(text.value)
            if !pattern.bytes.isEmpty {
                table.log.mention(isPermission ? .permissions(pattern) : .groups(pattern), text)
            }
            return pattern
        }
    }

    private static func rules(
        _ table: TableReader, name: String?, _ permissions: PermissionsTable, _ zones: ZoneReader
    ) -> [Rule] {
        let tables = table.tables("rule")
        var rules: [Rule] = []
        var catchAll: Int?
        for (index, reader) in tables.enumerated() {
            let rule = RuleTable.read(reader, permissions, zones)
            if let catchAll {
                table.log.warn(
                    reader.place, reader.path, "is never reached: rule \(catchAll) matches every request before it")
            } else if let rule, rule.matchesEverything {
                catchAll = index + 1
            }
            if let rule { rules.append(rule) }
        }
        if table.value("rule") == nil {
            table.log.warn(table.place, table.path, "\(Shown.text(name ?? "")) has no rule, so nobody gets in")
        }
        return rules
    }
}
