internal import GatehouseCore
internal import GatehouseOIDC

/// `allow`: who of a provider's people may come in.
enum AdmissionKeys {
    /// `nil` after a problem.
    static func admission(
        _ table: TableReader, _ kind: ProviderKind, issuer: String?, tenants: Set<String>
    ) -> Admission? {
        table.note("allow", .wordOrTable(["everyone"]))
        guard let value = table.value("allow") else {
            // What has no issuer has a problem already, and may be open to all or not.
            guard let issuer, ProviderReach.isOpenToAll(kind, issuer: issuer, tenants: tenants) else {
                return Admission(isForEveryone: true)
            }
            table.require(
                "allow",
                "anybody can have an account there; say whose may come in, like { domains = [\"example.com\"] } or { emails = "
                    + "[\"alice@example.com\"] }, or allow = \"everyone\" if that is meant")
            return nil
        }
        switch value.content {
        case .table: break
        case .override where value.isSpelledTable: break
        default:
            guard let text = table.string("allow") else { return nil }
            guard text.value.utf8.elementsEqual("everyone".utf8) else {
                table.log.add(
                    text, "must be \"everyone\" or a table like { domains = [\"example.com\"] }, is \(text.seen)")
                return nil
            }
            return Admission(isForEveryone: true)
        }
        return lists(table.table("allow"))
    }

    private static func lists(_ table: TableReader) -> Admission? {
        let domains = list(table, "domains", domain)
        let emails = list(table, "emails", email)
        let groups = list(table, "groups", group)
        let subjects = list(table, "subjects", subject)
        let claims = claims(table.table("claims"))
        table.finish()
        if table.names.isEmpty { table.log.add(table.place, table.path, nobody) }
        return Admission(domains: domains, emails: emails, groups: groups, subjects: subjects, claims: claims)
    }

    private static let nobody =
        "must name somebody: an empty list lets nobody in, and never everybody; write \"everyone\" if that is meant"

    /// A list in which there has to be something.
    private static func list<Element: Hashable>(
        _ table: TableReader, _ name: String, _ element: (Found<String>, ProblemLog) -> Element?
    ) -> Set<Element> {
        guard let texts = table.strings(name) else { return [] }
        if texts.isEmpty { table.log.add(table.value(name)?.place ?? table.place, table.key(name), nobody) }
        return Set(texts.compactMap { element($0, table.log) })
    }

    private static func group(_ text: Found<String>, _ log: ProblemLog) -> GroupName? {
        log.refuseBlanks(text.value, in: text) ? nil : GroupName(text.value)
    }

    private static func subject(_ text: Found<String>, _ log: ProblemLog) -> UTF8Text? {
        guard (1...255).contains(text.value.utf8.count), text.value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            log.add(text, "must be a subject as the provider writes it, 1 to 255 characters of ASCII, is \(text.seen)")
            return nil
        }
        return UTF8Text(text.value)
    }

    private static func domain(_ text: Found<String>, _ log: ProblemLog) -> UTF8Text? {
        guard let host = Host(text.value), host.bytes.contains(UInt8(ascii: ".")), host.bytes.first != 0x2E else {
            let advice =
                text.value.utf8.contains(UInt8(ascii: "*"))
                ? "; every domain counts for itself, and \"everyone\" in place of the table stands for all" : ""
            log.add(text, "must be a whole domain like \"example.com\", without @ and *, is \(text.seen)\(advice)")
            return nil
        }
        return UTF8Text(wellFormed: host.bytes)
    }

    private static func email(_ text: Found<String>, _ log: ProblemLog) -> UTF8Text? {
        let bytes = Array(text.value.utf8)
        if let problem = EmailAddress.problem(of: text.value) {
            log.add(text, "\(problem), is \(text.seen)")
            return nil
        }
        let at = bytes.lastIndex(of: UInt8(ascii: "@")) ?? 0
        return UTF8Text(wellFormed: bytes[...at] + bytes[(at + 1)...].map { ASCII.lowercased($0) })
    }

    /// Tables below tables are members below members; at the end stand the texts of which one has to be there.
    private static func claims(
        _ table: TableReader, below path: ClaimMapping.Path = []
    ) -> [(path: ClaimMapping.Path, values: Set<UTF8Text>)] {
        var claims: [(path: ClaimMapping.Path, values: Set<UTF8Text>)] = []
        for name in table.names {
            let key = name.string
            guard let value = table.value(key) else { continue }
            let inner = path + [name]
            if case .table = value.content, inner.count < 8 {
                claims += self.claims(table.table(key), below: inner)
                continue
            }
            let texts: [Found<String>]? =
                if case .string = value.content { table.string(key).map { [$0] } } else { table.strings(key) }
            guard let texts else { continue }
            if texts.isEmpty { table.log.add(value.place, table.key(key), nobody) }
            claims.append((inner, Set(texts.map { UTF8Text($0.value) })))
        }
        return claims
    }
}
