internal import GatehouseCore
internal import GatehouseOIDC

/// Who we are to a provider: id, secret and what we ask for.
struct ClientKeys {
    /// `nil` after a problem.
    let id: String?
    let authentication: ClientAuthentication?
    private let wanted: [Found<String>]?
    private let table: TableReader

    init(_ table: TableReader, _ kind: ProviderKind, _ facts: ProviderFacts, _ secrets: SecretReader) {
        self.table = table
        id = ClientKeys.id(table, facts)
        authentication =
            kind == .apple ? ClientKeys.appleKey(table, secrets) : ClientKeys.secret(table, facts, secrets)
        wanted = ClientKeys.scopes(table, facts)
    }

    /// The scopes to ask for; with a recheck also what a refresh token takes.
    func scopes(_ facts: ProviderFacts, isAskedAgain: Bool) -> [String] {
        let more = isAskedAgain ? facts.refresh.scopes : []
        guard let wanted else { return facts.scopes + more }
        let given = wanted.map(\.value)
        let missing = more.filter { scope in !given.contains { $0.utf8.elementsEqual(scope.utf8) } }
        if let scope = missing.first, let place = table.value("scopes")?.place {
            table.log.warn(
                place, table.key("scopes"),
                "has no \"\(scope)\", without which there may be no refresh token for \(table.key("recheck")): then it asks userinfo, "
                    + "as long as the first token is good")
        }
        return given
    }

    private static func id(_ table: TableReader, _ facts: ProviderFacts) -> String? {
        guard let text = table.string("client_id") else {
            if table.value("client_id") == nil {
                table.require("client_id", "what \(facts.title) calls this client once it is registered there")
            }
            return nil
        }
        let bytes = Array(text.value.utf8)
        guard (1...255).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            table.log.add(text, "must be 1 to 255 printable characters of ASCII without blanks, is \(text.seen)")
            return nil
        }
        return text.value
    }

    private static func secret(
        _ table: TableReader, _ facts: ProviderFacts, _ secrets: SecretReader
    ) -> ClientAuthentication? {
        let isPublic = table.boolean("public_client")?.value ?? false
        for key in ["team", "key_id"] {
            guard let text = table.string(key) else { continue }
            table.log.add(text, "is for \(table.key("type")) = \"apple\" alone")
        }
        guard let reference = table.secretText("client_secret") else {
            if isPublic { return ClientAuthentication.none }
            if table.value("client_secret") == nil {
                table.require(
                    "client_secret",
                    "a reference to the secret that \(facts.title) gave, like \"file:keys/provider\"; for a client without one set "
                        + "\(table.key("public_client")) = true")
            }
            return nil
        }
        if isPublic {
            table.log.add(reference, "is of no use with \(table.key("public_client")) = true: take one of them out")
        }
        guard let secret = secrets.secret(reference) else { return nil }
        guard secret.octets.count <= 1_024, secret.octets.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            table.log.add(
                reference,
                "refers to something that is no client secret: it has line breaks, other octets than those of ASCII, or more than 1024 octets"
            )
            return nil
        }
        return .secret(secret)
    }

    /// Apple's secret is a token that the key of a team signs.
    private static func appleKey(_ table: TableReader, _ secrets: SecretReader) -> ClientAuthentication? {
        if let isPublic = table.boolean("public_client"), isPublic.value {
            table.log.add(isPublic, "is nothing that Apple knows: take it out")
        }
        func tenCharacters(_ key: String, _ hint: String) -> String? {
            guard let text = table.string(key) else {
                if table.value(key) == nil { table.require(key, hint) }
                return nil
            }
            guard text.value.utf8.count == 10, text.value.utf8.allSatisfy(ASCII.isAlphanumeric) else {
                table.log.add(text, "must be \(hint), is \(text.seen)")
                return nil
            }
            return text.value
        }
        let team = tenCharacters("team", "the id of your team at Apple, ten letters and digits")
        let keyID = tenCharacters("key_id", "the id of the key for \"Sign in with Apple\", ten letters and digits")
        guard let reference = table.secretText("client_secret") else {
            if table.value("client_secret") == nil {
                table.require(
                    "client_secret",
                    "a reference to the key that Apple let you download once, like \"file:keys/apple.p8\"")
            }
            return nil
        }
        guard let key = secrets.secret(reference) else { return nil }
        guard key.octets.starts(with: "-----BEGIN PRIVATE KEY-----".utf8) else {
            table.log.add(
                reference,
                "must refer to the key from Apple, a .p8 file that begins with -----BEGIN PRIVATE KEY-----; the secret itself is "
                    + "made of it for each sign-in")
            return nil
        }
        guard let team, let keyID else { return nil }
        return .appleKey(pem: key, keyID: keyID, team: team)
    }

    private static func scopes(_ table: TableReader, _ facts: ProviderFacts) -> [Found<String>]? {
        guard let texts = table.strings("scopes") else { return nil }
        // RFC 6749, section 3.3.
        let wrong = texts.filter { text in
            !(1...255).contains(text.value.utf8.count)
                || !text.value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\".utf8.contains($0) }
        }
        for text in wrong {
            table.log.add(text, "must be a scope without blanks, one for each text of the list, is \(text.seen)")
        }
        let hasOpenID = texts.contains { $0.value.utf8.elementsEqual("openid".utf8) }
        if wrong.isEmpty, !hasOpenID, !facts.oddities.contains(.plainOAuth) {
            table.log.add(
                table.value("scopes")?.place ?? table.place, table.key("scopes"),
                "must have \"openid\" in it, without which the provider does not say who somebody is")
        }
        return texts
    }
}
