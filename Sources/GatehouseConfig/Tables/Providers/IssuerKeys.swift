internal import GatehouseCore
internal import GatehouseOIDC

/// Where a provider is: its issuer, made as its kind has it, its hosts and its endpoints.
struct IssuerKeys {
    /// Octet by octet as the provider calls itself; `nil` after a problem.
    let issuer: String?
    let hosts: Set<String>
    /// `nil` where they are discovered.
    let endpoints: ProviderEndpoints?
    let tenants: Set<String>

    init(_ table: TableReader, _ kind: ProviderKind, _ facts: ProviderFacts, clientID: String?) {
        let issuer = IssuerReader(table, kind, facts).issuer(clientID: clientID)
        tenants = IssuerKeys.tenants(table, kind, issuer: issuer)
        let own = IssuerKeys.endpoints(table, kind)
        let isGitHub = facts.oddities.contains(.githubInterface)
        endpoints = isGitHub ? issuer.map { GitHub.endpoints(of: $0) } : own
        // A service of one's own has its interface on its own host.
        let usual = isGitHub && issuer != GitHub.address ? [] : facts.hosts
        hosts = IssuerKeys.hosts(table).union(usual)
        self.issuer = kind == .oauth2 && own == nil ? nil : issuer
    }

    private static func hosts(_ table: TableReader) -> Set<String> {
        var hosts: Set<String> = []
        for text in table.strings("hosts") ?? [] {
            guard let host = Host(text.value) else {
                table.log.add(
                    text,
                    "must be the name of a host like \"login.example.com\", without scheme, port and path, is \(text.seen)"
                )
                continue
            }
            hosts.insert("\(host)")
        }
        return hosts
    }

    /// `{ authorization, token, userinfo }` of a provider that has no metadata.
    private static func endpoints(_ table: TableReader, _ kind: ProviderKind) -> ProviderEndpoints? {
        let isWritten = table.value("endpoints") != nil
        let keys = table.table("endpoints")
        func address(_ name: String, takesQuery: Bool = false) -> String? {
            guard let text = keys.string(name) else { return nil }
            return ProviderAddress.checked(
                text, table.log, example: "https://login.example.com/\(name)", takesQuery: takesQuery)
        }
        let authorization = address("authorization", takesQuery: true)
        let token = address("token")
        let userinfo = address("userinfo", takesQuery: true)
        let inForm = keys.boolean("secret_in_form")?.value ?? false
        keys.finish()
        guard kind == .oauth2 else {
            if isWritten {
                table.log.add(
                    keys.place, keys.path,
                    "is for \(table.key("type")) = \"oauth2\" alone: the others say in their metadata where they are asked"
                )
            }
            return nil
        }
        for name in ["authorization", "token", "userinfo"] where keys.value(name) == nil {
            keys.require(name, "where it is asked, like \"https://login.example.com/\(name)\"")
        }
        guard let authorization, let token, let userinfo else { return nil }
        return ProviderEndpoints(
            authorization: authorization, token: token, userinfo: userinfo, takesSecretInForm: inForm)
    }

    private static func tenants(_ table: TableReader, _ kind: ProviderKind, issuer: String?) -> Set<String> {
        let texts = table.strings("tenants")
        if let place = table.value("tenants")?.place, kind != .microsoft {
            table.log.add(place, table.key("tenants"), "is for \(table.key("type")) = \"microsoft\" alone")
            return []
        }
        var tenants: Set<String> = []
        for text in texts ?? [] {
            let id = String(decoding: text.value.utf8.map { ASCII.lowercased($0) }, as: UTF8.self)
            guard Microsoft.isTenantID(id) else {
                table.log.add(
                    text,
                    "must be the id of a tenant like \"72f988bf-86f1-41af-91ab-2d7cd011db47\", which its overview in the Entra admin "
                        + "centre shows, is \(text.seen)")
                continue
            }
            tenants.insert(id)
        }
        if tenants.isEmpty, texts?.isEmpty ?? (table.value("tenants") == nil), let issuer,
            ProviderReach.isShared(kind, issuer: issuer)
        {
            table.require(
                "tenants",
                "the ids of the tenants whose people may come in; \"common\" and \"organizations\" stand for all there are. For "
                    + "one tenant write its id as \(table.key("tenant"))")
        }
        return tenants
    }
}

/// Makes an issuer of the keys of a kind, and refuses those of others.
private struct IssuerReader {
    private let table: TableReader
    private let kind: ProviderKind
    private let form: IssuerForm
    private let whole: Found<String>?
    private let url: Found<String>?
    /// `realm`, `application`, `server` and `tenant`.
    private let names: [String: Found<String>]

    private static let nameKeys = ["realm", "application", "server", "tenant"]

    init(_ table: TableReader, _ kind: ProviderKind, _ facts: ProviderFacts) {
        self.table = table
        self.kind = kind
        form = facts.issuer
        whole = table.string("issuer")
        url = table.string("url")
        var names: [String: Found<String>] = [:]
        for key in IssuerReader.nameKeys { names[key] = table.string(key) }
        self.names = names
        refuseForeign()
    }

    func issuer(clientID: String?) -> String? {
        if let whole { return checked(whole) }
        switch form {
        case .fixed(let issuer): return issuer
        case .standard(let issuer): return url.map { checkedStem($0) } ?? issuer
        case .address(let end): return address().map { "\($0)\(end)" }
        case .client(let before):
            guard let address = address(), let clientID else { return nil }
            return "\(address)\(before)\(clientID)"
        case .named(let key, let before, let after, let isOptional):
            let stem = address()
            guard let name = names[key] else {
                if isOptional { return stem }
                if table.value(key) == nil { table.require(key, IssuerReader.hint(key)) }
                return nil
            }
            guard isName(name) else { return nil }
            return stem.map { "\($0)\(before)\(name.value)\(after)" }
        case .tenant: return tenant().map { Microsoft.issuer(of: $0) }
        case .whole:
            if table.value("issuer") == nil {
                table.require(
                    "issuer",
                    kind == .oauth2
                        ? "the address of the service, like \"https://login.example.com\": links of accounts remember it"
                        : "what the provider calls itself, like \"https://login.example.com\": \"issuer\" in its "
                            + ".well-known/openid-configuration")
            }
            return nil
        }
    }

    private func checked(_ text: Found<String>) -> String? {
        ProviderAddress.checked(text, table.log, example: "https://login.example.com")
    }

    private func checkedStem(_ text: Found<String>) -> String? { checked(text).map(ProviderAddress.stem) }

    private func address() -> String? {
        if let url { return checkedStem(url) }
        if table.value("url") == nil {
            table.require("url", "where your \(kind.facts.title) is, like \"https://login.example.com\"")
        }
        return nil
    }

    private func tenant() -> String? {
        guard let text = names["tenant"] else {
            if table.value("tenant") == nil { table.require("tenant", IssuerReader.hint("tenant")) }
            return nil
        }
        let name = String(decoding: text.value.utf8.map { ASCII.lowercased($0) }, as: UTF8.self)
        if name.utf8.elementsEqual("consumers".utf8) { return Microsoft.personalAccounts }
        guard Microsoft.isTenantID(name) || ["common", "organizations"].contains(name) else {
            table.log.add(
                text,
                "must be \(IssuerReader.hint("tenant")), is \(text.seen); a domain is none, since tokens name the id")
            return nil
        }
        return name
    }

    private func isName(_ text: Found<String>) -> Bool {
        let isSound = text.value.utf8.allSatisfy { ASCII.isUnreserved($0) || $0 == UInt8(ascii: "%") }
        guard isSound, (1...200).contains(text.value.utf8.count) else {
            table.log.add(text, "must be as it stands in the provider's addresses, without a slash, is \(text.seen)")
            return false
        }
        return true
    }

    private static func hint(_ key: String) -> String {
        switch key {
        case "realm": "the realm whose people sign in, like \"main\""
        case "application": "the slug of the application there, like \"gatehouse\""
        case "server": "the authorization server, like \"default\""
        default:
            "the id of your tenant like \"72f988bf-86f1-41af-91ab-2d7cd011db47\", or \"organizations\", \"consumers\" or \"common\""
        }
    }

    /// A key that this kind has no use for would look as if it did something.
    private func refuseForeign() {
        var wanted: Set<String>
        switch form {
        case .fixed: wanted = []
        case .standard, .address, .client: wanted = ["url", "issuer"]
        case .named(let key, _, _, _): wanted = ["url", "issuer", key]
        case .tenant: wanted = ["tenant"]
        case .whole: wanted = ["issuer"]
        }
        if whole != nil {
            if wanted.contains("issuer") { wanted = ["issuer"] }
        }
        let given = [whole, url].compactMap(\.self) + IssuerReader.nameKeys.compactMap { names[$0] }
        for text in given where !wanted.contains(where: { table.key($0).utf8.elementsEqual(text.key.utf8) }) {
            let known =
                wanted.isEmpty ? "it is known where it is" : "write \(wanted.sorted().joined(separator: " and ")) alone"
            table.log.add(text, "has no meaning here for \(table.key("type")) = \"\(kind.rawValue)\": \(known)")
        }
    }
}
