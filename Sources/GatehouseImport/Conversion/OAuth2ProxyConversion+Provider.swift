internal import GatehouseCore

/// The provider of oauth2-proxy, of which it has one.
extension OAuth2ProxyConversion {
    /// What is read of a provider once one is written.
    static let ofProvider: Set = [
        "provider", "client_id", "client_secret", "client_secret_file", "oidc_issuer_url", "scope", "azure_tenant",
        "github_org", "github_team", "gitlab_group", "gitlab_groups", "oidc_groups_claim", "oidc_email_claim",
        "provider_ca_files", "provider_ca_file", "provider_display_name", "skip_provider_button",
        "code_challenge_method", "insecure_oidc_allow_unverified_email", "prompt", "approval_prompt",
    ]

    /// Writes `[[provider]]` where there is one that has an equal; nothing is said of it elsewhere then.
    mutating func writeProvider() -> Bool {
        guard let id = values("client_id").first, let (type, lines) = kind(values("provider").first ?? "google")
        else { return false }
        var table = DraftConfiguration.Table("[[provider]]")
        table.set("type", text: type)
        if let title = values("provider_display_name").first { table.set("title", text: title) }
        for (key, value) in lines { table.set(key, text: value) }
        table.set("client_id", text: id)
        table.set("client_secret", text: "file:keys/provider")
        let scopes = values("scope").flatMap { $0.split(separator: " ").map(String.init) }
        if scopes.contains("openid") { table.set("scopes", texts: scopes) }
        if let file = values("provider_ca_files", "provider_ca_file").first { table.set("ca_file", text: file) }
        let claims = [("email", "oidc_email_claim"), ("groups", "oidc_groups_claim")].compactMap { key, name in
            values(name).first.map { "\(key) = \(DraftConfiguration.quoted($0))" }
        }
        if !claims.isEmpty { table.set("claims", "{ \(claims.joined(separator: ", ")) }") }
        let (allow, words) = admission()
        table.set("allow", allow, words)
        if values("skip_provider_button") == ["true"] { table.set("auto", "true") }
        draft.tables.append(table)
        draft.steps.append("Write the client's secret, from client_secret:\n(umask 077; cat > keys/provider)")
        draft.steps.append(
            "Register the redirect address that `gatehouse provider check --offline` prints, in place of /oauth2/callback"
        )
        return true
    }

    /// The type here, and what it takes; `nil` for what has no equal.
    private func kind(_ provider: String) -> (type: String, lines: [(key: String, value: String)])? {
        let issuer = values("oidc_issuer_url").first
        func issued(_ type: String) -> (String, [(key: String, value: String)])? {
            issuer.map { (type, [("issuer", $0)]) }
        }
        switch provider {
        case "google": return ("google", [])
        case "github": return ("github", [])
        case "gitlab": return ("gitlab", issuer.map { [("url", $0)] } ?? [])
        case "oidc": return issued("oidc")
        case "keycloak-oidc": return issued("keycloak")
        case "azure", "entra-id":
            let named = issuer.flatMap { $0.split(separator: "/").dropFirst(2).first.map(String.init) }
            guard let tenant = values("azure_tenant").first ?? named, tenant.utf8.count == 36 else { return nil }
            return ("microsoft", [("tenant", tenant)])
        default: return nil
        }
    }

    /// Who may come in; without a word about it, nobody.
    private func admission() -> (value: String, words: String?) {
        let domains = values("email_domains", "email_domain")
        let organisations = values("github_org")
        let teams = values("github_team").flatMap { $0.split(separator: ",").map(String.init) }
        var groups = values("gitlab_group", "gitlab_groups")
        for organisation in organisations {
            groups += teams.isEmpty ? [organisation] : teams.map { "\(organisation)/\($0)" }
        }
        var lists: [String] = []
        if !domains.isEmpty, !domains.contains("*") {
            let whole = domains.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
            lists.append("domains = \(DraftConfiguration.list(whole))")
        }
        if !groups.isEmpty { lists.append("groups = \(DraftConfiguration.list(groups))") }
        if !lists.isEmpty { return ("{ \(lists.joined(separator: ", ")) }", nil) }
        if domains.contains("*") { return ("\"everyone\"", "as email_domains = [\"*\"] said") }
        return ("{ subjects = [\"nobody\"] }", "say here who may come in")
    }
}
