internal import GatehouseCore
package import GatehouseFormats

/// What a provider claims of a person: in the ID token, or behind its API, and beside that at userinfo.
package struct PersonClaims: Sendable {
    package let subject: ExternalSubject
    private let token: JSONValue
    private let userinfo: JSONValue?

    /// - Parameters:
    ///   - subject: as the verified ID token says; for a provider without one, what its API answers.
    ///   - claims: an object: the claims of the verified ID token, or what an API answers in their place.
    package init(subject: ExternalSubject, claims: JSONValue = .object([])) {
        self.subject = subject
        token = claims
        userinfo = nil
    }

    private init(subject: ExternalSubject, token: JSONValue, userinfo: JSONValue) {
        self.subject = subject
        self.token = token
        self.userinfo = userinfo
    }

    /// The same with what userinfo says; a claim in both places counts as the ID token has it.
    ///
    /// - Throws: `.userinfo` for an answer that is no object, or about somebody else (OpenID Connect Core 1.0, section 5.3.2).
    package func joined(withUserinfo octets: [UInt8]) throws(ProviderRefusal) -> PersonClaims {
        let answer: JSONValue
        do { answer = try JSONValue(parsing: octets) } catch {
            throw ProviderRefusal(.userinfo, "userinfo answers no JSON that can be read: \(error.reason)")
        }
        return try joined(with: answer)
    }

    /// The same with userinfo's claims, from an answer that was read already.
    package func joined(with answer: JSONValue) throws(ProviderRefusal) -> PersonClaims {
        guard let subject = answer["sub"]?.text else {
            throw ProviderRefusal(.userinfo, "userinfo's answer has no \"sub\"")
        }
        guard subject == self.subject.subject else {
            throw ProviderRefusal(.userinfo, "userinfo answers for somebody else: \"sub\" is not the ID token's")
        }
        return PersonClaims(subject: self.subject, token: token, userinfo: answer)
    }

    /// The same with what was said before of whatever is not said now.
    func completed(by former: JSONValue?) -> PersonClaims {
        guard let former, let userinfo else { return self }
        return PersonClaims(subject: subject, token: userinfo, userinfo: former)
    }

    /// What stands at a path, its first name from the ID token if that has it; `nil` if it is missing or null.
    package subscript(_ path: ClaimMapping.Path) -> JSONValue? {
        guard let first = path.first else { return nil }
        let start = token.has(first) ? token[member: first] : userinfo?[member: first]
        return path.dropFirst().reduce(start) { $0?[member: $1] }
    }
}
