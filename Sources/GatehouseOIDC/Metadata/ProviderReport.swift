/// What a look at a provider over the network brought: for people who set one up.
package struct ProviderReport: Equatable, Sendable {
    /// What is wrong, the gravest first; none if sign-ins should work.
    package let findings: [ProviderFinding]
    /// What the provider says of itself, as far as it could be read; in an order to be shown in.
    package let facts: [ProviderFact]

    package init(findings: [ProviderFinding], facts: [ProviderFact]) {
        self.findings = findings.filter(\.preventsSignIn) + findings.filter { !$0.preventsSignIn }
        self.facts = facts
    }

    /// Whether sign-ins should work.
    package var isGood: Bool { !findings.contains(where: \.preventsSignIn) }
}

/// Something about a provider that is not as it has to be.
package struct ProviderFinding: Equatable, Sendable, CustomStringConvertible {
    /// What it is about.
    package enum Subject: String, Sendable, CaseIterable {
        case network, document, issuer, endpoint, host, responseTypes, keys, algorithms, scopes, clientAuthentication,
            pkce, signOut
    }

    package let subject: Subject
    /// What is wrong, with the values that differ.
    package let problem: String
    /// What to change, and where.
    package let remedy: String
    /// Whether nobody can sign in like that; else it is worth knowing.
    package let preventsSignIn: Bool

    package init(_ subject: Subject, _ problem: String, remedy: String, preventsSignIn: Bool = true) {
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
        self.preventsSignIn = preventsSignIn
    }

    package var description: String { "\(problem); \(remedy)" }
}

/// Something that a provider says of itself.
package struct ProviderFact: Equatable, Sendable {
    package enum Name: String, Sendable, CaseIterable {
        case issuer, authorizationEndpoint, tokenEndpoint, userinfoEndpoint, keySet, endSessionEndpoint,
            revocationEndpoint, algorithms, keys, scopes, clientAuthentication, codeChallengeMethods,
            issuerInAnswer, backChannelLogout
    }

    package let name: Name
    /// Safe to show.
    package let value: String

    package init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }
}
