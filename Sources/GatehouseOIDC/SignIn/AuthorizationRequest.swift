package import GatehouseCore

/// What a browser is sent to a provider for.
package struct AuthorizationWish: Sendable {
    package enum Prompt: String, Sendable {
        case login, consent
        case selectAccount = "select_account"
    }

    /// The secret by which the answer finds its record.
    package let state: SecretToken
    /// Where the provider sends the browser back, of the portal's address.
    package let redirectURI: String
    package let prompt: Prompt?
    /// How long ago the provider may have asked the person; `nil` for any time.
    package let maxAge: Duration?
    package let loginHint: UTF8Text?

    package init(
        state: SecretToken, redirectURI: String, prompt: Prompt? = nil, maxAge: Duration? = nil,
        loginHint: UTF8Text? = nil
    ) {
        self.state = state
        self.redirectURI = redirectURI
        self.prompt = prompt
        self.maxAge = maxAge
        self.loginHint = loginHint
    }
}

/// Where the browser goes, and what has to be kept until it is back.
package struct AuthorizationRequest: Sendable {
    package let url: String
    package let started: StartedSignIn

    package init(url: String, started: StartedSignIn) {
        self.url = url
        self.started = started
    }
}
