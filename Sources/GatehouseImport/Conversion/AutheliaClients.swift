/// `identity_providers.oidc` of Authelia's: who signs people in there.
///
/// Gatehouse is no provider, so that none of its clients can be taken over; what becomes of each is said.
struct AutheliaClients {
    private(set) var lost: [String] = []
    private(set) var steps: [String] = []

    init?(_ node: YAMLNode?, signedInAt url: String?) {
        guard let node, let oidc = node["oidc"] else { return nil }
        let clients = oidc["clients"]?.items ?? []
        for client in clients {
            let name = (client["client_name"] ?? client["description"] ?? client["client_id"] ?? client["id"])?.text
            lost.append(
                "identity_providers.oidc.clients (line \(client.line)): \(name.map { Shown.text($0) } ?? "one without a name") asked Authelia who "
                    + "somebody is; Gatehouse is no OpenID Connect provider: protect it with rules, and let it read Remote-User"
            )
        }
        if clients.isEmpty {
            lost.append("identity_providers (line \(node.line)): Gatehouse is no OpenID Connect provider")
        }
        let place = url.map { DraftConfiguration.quoted($0) } ?? "\"https://…\""
        steps.append(
            "If Authelia stays, for such applications: people may sign in there for Gatehouse, too, with a portal.url of its own, a "
                + "client for it in Authelia, and [[provider]] with type = \"authelia\" and url = \(place)")
    }
}
