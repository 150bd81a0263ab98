internal import GatehouseCore
internal import GatehouseOIDC

/// What a refusal is for whom: a page for the person, a code for log, audit and metrics.
extension ProviderReturn.Refusal {
    var problem: ProviderPage.Problem {
        switch self {
        case .malformed, .unknownState, .usedState, .otherProvider, .otherBrowser: .elsewhere
        case .sessionOver: .sessionOver
        // Nothing was made up: the person only signed in too long ago, or nobody knows when.
        case .provider(let error) where error.code == .authenticationTime: .unproven
        case .provider(let error): ProviderPage.Problem(error)
        case .notAdmitted(let signIn): .notAdmitted(signIn.shownName)
        case .arrival(.nameTaken, _): .nameTaken
        case .arrival(.nameUnusable, _): .nameUnusable
        case .arrival(.notLinked, _): .notLinked
        case .arrival(.inactive, _): .inactive
        case .arrival(.person, _): .refused
        case .otherPerson: .otherPerson
        case .unproven: .unproven
        case .linkTaken: .linkTaken
        case .nothingToLink: .nothingToLink
        }
    }

    /// The code; a provider's own refusals have theirs (`ProviderRefusal.Code`).
    var reason: StaticString {
        switch self {
        case .malformed: "oidc.malformed"
        case .unknownState: "oidc.state"
        case .usedState: "oidc.state-used"
        case .otherProvider: "oidc.mix-up"
        case .otherBrowser: "oidc.browser"
        case .sessionOver: "oidc.session"
        case .provider: "oidc.provider"
        case .notAdmitted: "not-admitted"
        case .arrival(.nameTaken, _): "name-taken"
        case .arrival(.nameUnusable, _): "name-unusable"
        case .arrival(.notLinked, _): "not-linked"
        case .arrival(.inactive, _): "inactive"
        case .arrival(.person, _): "oidc.person"
        case .otherPerson: "other-person"
        case .unproven: "oidc.auth-time"
        case .linkTaken: "link-taken"
        case .nothingToLink: "no-account"
        }
    }

    /// What an operator has to know to change it, in words; `nil` where the code says it all.
    var words: String? {
        switch self {
        case .notAdmitted(let signIn):
            switch signIn.admission {
            case .admitted: nil
            case .refused(let list): "not in the list \(list)"
            case .missing(let claim): "the provider sent no claim \(claim)"
            }
        case .unproven: "the provider sends no auth_time: reauthentication = \"trust\" believes it all the same"
        default: nil
        }
    }

    /// Somebody whom the provider knows and nobody here.
    var stranger: ProviderSignIn? {
        switch self {
        case .notAdmitted(let signIn), .arrival(.nameTaken, let signIn): signIn
        default: nil
        }
    }

    var subject: ExternalSubject? {
        switch self {
        case .notAdmitted(let signIn), .arrival(_, let signIn): signIn.person.subject
        default: nil
        }
    }
}

extension ProviderSignIn {
    /// What the person knows the account there by.
    fileprivate var shownName: UTF8Text { person.email ?? person.name ?? person.displayName }
}

extension ProviderError {
    /// The code of a refusal.
    var code: ProviderRefusal.Code? {
        if case .refused(let refusal) = self { refusal.code } else { nil }
    }
}
