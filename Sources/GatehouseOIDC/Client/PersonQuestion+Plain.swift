internal import GatehouseCore
internal import GatehouseFormats

/// Providers without OpenID: who somebody is, is what their interface answers to the access token.
extension PersonQuestion {
    func plainClaims(_ access: UTF8Text) async throws(ProviderError) -> PersonClaims {
        guard let address = metadata.endpoints.userinfo else {
            throw .misconfigured(
                reason: "[[provider]] \"\(provider.name)\" has no address for userinfo, which is needed without OpenID")
        }
        guard provider.facts.oddities.contains(.githubInterface) else {
            return try claims(of: try await document(at: address, access, name: "userinfo"))
        }
        return try await githubClaims(at: address, access)
    }

    /// The claims with the subject that stands among them.
    private func claims(of document: JSONValue) throws(ProviderError) -> PersonClaims {
        let value = provider.claims.subject.reduce(JSONValue?.some(document)) { $0?[member: $1] }
        let subject: UTF8Text? =
            switch value {
            case .string(let text)?: text
            // A number is a subject as it is spelled, if there is but one way to spell it.
            case .number(let number)?: number.whole.map { UTF8Text(String($0)) }
            default: nil
            }
        guard let subject, (1...255).contains(subject.bytes.count),
            subject.bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw .refused(
                ProviderRefusal(
                    .subject,
                    "userinfo has nothing at \(Admission.shown(provider.claims.subject)) that says who it is for good"))
        }
        return PersonClaims(
            subject: ExternalSubject(issuer: UTF8Text(provider.issuer), subject: subject), claims: document)
    }

    /// The address of a person with GitHub's number, name, address, and organisations and teams as groups.
    private func githubClaims(at address: String, _ access: UTF8Text) async throws(ProviderError) -> PersonClaims {
        let user = try await document(at: address, access, headers: Self.github, name: "GitHub's user")
        var members: [(name: UTF8Text, value: JSONValue)] = []
        for name in ["id", "login", "name"] as [UTF8Text] {
            if let value = user[member: name] { members.append((name, value)) }
        }
        if let email = try await githubEmail(below: address, access) {
            members += [("email", .string(email)), ("email_verified", .flag(true))]
        }
        if provider.wantsGroups {
            let organisations = try await githubList("\(address)/orgs", access) { $0["login"]?.text }
            let teams = try await githubList("\(address)/teams", access) { team in
                guard let slug = team["slug"]?.text, let owner = team["organization"]?["login"]?.text else {
                    return nil
                }
                return UTF8Text(wellFormed: owner.bytes + [UInt8(ascii: "/")] + slug.bytes)
            }
            members.append(("groups", .array((organisations + teams).map(JSONValue.string))))
        }
        return try claims(of: .object(members))
    }

    /// The one that counts as somebody's, if it was verified: anybody can write any other one.
    private func githubEmail(below address: String, _ access: UTF8Text) async throws(ProviderError) -> UTF8Text? {
        guard provider.client.scopes.contains(where: { $0 == "user" || $0 == "user:email" }) else { return nil }
        let answer = try await document(at: "\(address)/emails", access, headers: Self.github, name: "GitHub's emails")
        guard case .array(let emails) = answer else {
            throw .refused(ProviderRefusal(.userinfo, "GitHub's emails are no list"))
        }
        return emails.first { $0["primary"] == .flag(true) && $0["verified"] == .flag(true) }?["email"]?.text
    }

    /// All pages of a list, ten at most.
    private func githubList(
        _ address: String, _ access: UTF8Text, _ item: (JSONValue) -> UTF8Text?
    ) async throws(ProviderError) -> [UTF8Text] {
        var items: [UTF8Text] = []
        var next: String? = "\(address)?per_page=100"
        for _ in 0..<10 {
            guard let address = next else { break }
            let page = try await page(at: address, access, headers: Self.github, name: "GitHub's groups")
            guard case .array(let values) = page.document else {
                throw .refused(ProviderRefusal(.userinfo, "GitHub's groups are no list"))
            }
            items += values.compactMap(item)
            next = page.headers["link"].flatMap(LinkHeader.next)
            try admit(next)
        }
        return items
    }

    /// The rule of addresses holds for what an answer names, too: the access token goes along.
    func admit(_ address: String?) throws(ProviderError) {
        guard let address, let finding = EndpointRule(provider).finding(of: address, as: "the next page") else {
            return
        }
        throw .refused(ProviderRefusal(.userinfo, finding.problem))
    }

    private static let github: [(name: String, value: String)] = [
        ("Accept", "application/vnd.github+json"), ("User-Agent", "Gatehouse"),
    ]
}

/// `Link` headers (RFC 8288).
enum LinkHeader {
    /// Where the next page is.
    static func next(_ value: String) -> String? {
        var rest = Array(value.utf8)[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "<")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            let address = rest[(open + 1)..<close]
            let end = rest[close...].firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
            let parameters = rest[(close + 1)..<end].split { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") }
            let isNext = parameters.contains { parameter in
                let octets = parameter.filter { $0 != 0x20 && $0 != UInt8(ascii: "\"") }.map(ASCII.lowercased)
                return octets == Array("rel=next".utf8)
            }
            if isNext { return String(decoding: address, as: UTF8.self) }
            rest = rest[end...]
        }
        return nil
    }
}
