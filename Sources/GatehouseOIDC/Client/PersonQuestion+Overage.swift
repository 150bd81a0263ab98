internal import GatehouseCore
internal import GatehouseFormats

/// Microsoft leaves groups out of a token that are too many for it, and says where to ask.
extension PersonQuestion {
    /// The groups that a token only hints at, from Microsoft's directory; `nil` if it hints at none, or nobody wants them.
    ///
    /// - Throws: if they cannot be had: who is in too many groups to say is not in none.
    func groupsThatDidNotFit(_ claims: PersonClaims, _ access: UTF8Text) async throws(ProviderError) -> JSONValue? {
        guard provider.facts.oddities.contains(.groupsOverage), provider.claims.groups == ["groups"],
            provider.wantsGroups, claims[["groups"]] == nil,
            claims[["_claim_names", "groups"]] != nil || claims[["hasgroups"]] == .flag(true)
        else { return nil }
        var groups: [JSONValue] = []
        var next: String? = Self.directory
        for _ in 0..<10 {
            guard let address = next else { return .array(groups) }
            let answer = try await document(at: address, access, name: "Microsoft's directory of groups")
            guard case .array(let values)? = answer["value"] else {
                throw .refused(ProviderRefusal(.claims, "Microsoft's directory answers without a list of groups"))
            }
            groups += values.compactMap { $0["id"]?.text.map(JSONValue.string) }
            next = answer["@odata.nextLink"]?.text?.string
            try admit(next)
        }
        guard next == nil else {
            throw .refused(ProviderRefusal(.claims, "the person is in more groups than can be asked for"))
        }
        return .array(groups)
    }

    private static let directory =
        "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999"
}
