package import GatehouseCore

/// What a browser brings back from a provider, each parameter at most once.
package struct AuthorizationAnswer: Equatable, Sendable {
    /// 1 to 2,048 octets of printable ASCII.
    package let code: UTF8Text?
    package let issuer: UTF8Text?
    package let error: UTF8Text?
    /// For the log alone, escaped and cut.
    package let errorDescription: UTF8Text?
    /// Apple: the name of the person, who is told of once.
    package let user: UTF8Text?

    package init(
        code: UTF8Text?, issuer: UTF8Text? = nil, error: UTF8Text? = nil, errorDescription: UTF8Text? = nil,
        user: UTF8Text? = nil
    ) {
        self.code = code
        self.issuer = issuer
        self.error = error
        self.errorDescription = errorDescription
        self.user = user
    }
}

/// What a provider says of a sign-in that it is asked about with a code, all checked.
package struct ProviderSignIn: Equatable, Sendable {
    package let person: ExternalPerson
    /// The claims of the ID token and of userinfo said what an allow list asks for.
    package let admission: AdmissionVerdict
    /// When the provider asked the person; `nil` if it does not say.
    package let authenticatedAt: Timestamp?
    /// Methods as RFC 8176 names them.
    package let methods: [UTF8Text]
    package let contextClass: UTF8Text?
    /// The provider's own session (`sid`), for its message that it ended.
    package let providerSession: UTF8Text?
    package let tokens: ProviderTokens

    package init(
        person: ExternalPerson, admission: AdmissionVerdict, authenticatedAt: Timestamp?, methods: [UTF8Text],
        contextClass: UTF8Text?, providerSession: UTF8Text?, tokens: ProviderTokens
    ) {
        self.person = person
        self.admission = admission
        self.authenticatedAt = authenticatedAt
        self.methods = methods
        self.contextClass = contextClass
        self.providerSession = providerSession
        self.tokens = tokens
    }
}

/// Secrets of a person at a provider: sealed beside a session, read when it is refreshed or ended.
package struct ProviderTokens: Equatable, Sendable {
    package let access: UTF8Text
    package let refresh: UTF8Text?
    /// For the hint at sign-out; `nil` if it is longer than 8 KiB.
    package let id: UTF8Text?
    package let accessExpiresAt: Timestamp?

    package init(access: UTF8Text, refresh: UTF8Text?, id: UTF8Text?, accessExpiresAt: Timestamp?) {
        self.access = access
        self.refresh = refresh
        self.id = id
        self.accessExpiresAt = accessExpiresAt
    }
}
