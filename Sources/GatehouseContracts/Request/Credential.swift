package import GatehouseCore

/// What a request shows to say who it is from.
package enum Credential: Hashable, Sendable {
    /// Nothing that could be anybody's: a stranger.
    case none
    /// The cookie of a session.
    case session(SecretToken)
    /// Several that differ, as in `SessionCookie.several`.
    case sessions([SecretToken])

    init(_ cookie: SessionCookie) {
        self =
            switch cookie {
            case .none: .none
            case .token(let token): .session(token)
            case .several(let tokens): .sessions(tokens)
            }
    }
}
