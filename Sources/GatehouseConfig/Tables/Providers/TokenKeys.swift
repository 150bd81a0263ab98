internal import GatehouseCore
internal import GatehouseOIDC

/// What a token of a provider has to be like.
enum TokenKeys {
    static func rules(_ table: TableReader, _ facts: ProviderFacts, tenants: Set<String>) -> TokenRules {
        let algorithms = algorithms(table, facts)
        let audiences = table.strings("trusted_audiences") ?? []
        for text in audiences where text.value.utf8.isEmpty || text.value.utf8.count > 255 {
            table.log.add(text, "must be an audience of 1 to 255 octets, as tokens name it, is \(text.seen)")
        }
        let userinfo = table.choice("userinfo", UserinfoUse.self)
        if facts.oddities.contains(.plainOAuth), let userinfo, userinfo != .always,
            let place = table.value("userinfo")?.place
        {
            table.log.add(
                place, table.key("userinfo"),
                "must be \"always\" for \(table.key("type")) = \"oauth2\" and \"github\": nothing else says who it is")
        }
        return TokenRules(
            algorithms: algorithms, trustedAudiences: Set(audiences.map(\.value)), tenants: tenants,
            userinfo: userinfo ?? facts.userinfo, logoutTokenTypes: logoutTypes(table).union(facts.logoutTokenTypes))
    }

    private static func algorithms(_ table: TableReader, _ facts: ProviderFacts) -> [SignatureAlgorithm] {
        let standard = TokenRules().algorithms
        let known = SignatureAlgorithm.allCases.map(\.rawValue)
        table.note("algorithms", .texts)
        guard let texts = table.strings("algorithms") else { return standard }
        if texts.isEmpty {
            table.log.add(
                table.value("algorithms")?.place ?? table.place, table.key("algorithms"),
                "must name at least one of \(Shown.choices(known))")
        }
        var found: [SignatureAlgorithm] = []
        for text in texts {
            // RFC 9864 calls it by its curve.
            let name = text.value.utf8.elementsEqual("Ed25519".utf8) ? "EdDSA" : text.value
            if let algorithm = SignatureAlgorithm.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) {
                found.append(algorithm)
            } else {
                table.log.add(text, "\(refusal(of: text, known))\(advice(facts))")
            }
        }
        return found.isEmpty ? standard : found
    }

    private static func refusal(of text: Found<String>, _ known: [String]) -> String {
        let name = Array(text.value.utf8.map { ASCII.lowercased($0) })
        if name.elementsEqual("none".utf8) {
            return "must not be \"none\": whoever wants could say who signs in, since nothing would be signed"
        }
        if name.starts(with: "hs".utf8) {
            return
                "must not be \(text.seen): it signs with the client's secret, which more than the provider knows; let the "
                + "provider sign with a key of its own, RS256 for example"
        }
        return "must be \(Shown.choices(known)), is \(text.seen)"
    }

    private static func advice(_ facts: ProviderFacts) -> String {
        facts.oddities.contains(.signingKeyIsOptional)
            ? "; in \(facts.title) choose a signing key in the settings of the provider" : ""
    }

    private static func logoutTypes(_ table: TableReader) -> Set<String> {
        var types: Set<String> = []
        for text in table.strings("logout_token_types") ?? [] {
            guard ["JWT", "jwt", "logout+jwt"].contains(where: { $0.utf8.elementsEqual(text.value.utf8) }) else {
                table.log.add(text, "must be \"JWT\", besides \"logout+jwt\" which always counts, is \(text.seen)")
                continue
            }
            types.insert(text.value)
        }
        return types
    }
}
