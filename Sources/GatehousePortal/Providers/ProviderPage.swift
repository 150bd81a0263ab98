internal import GatehouseCore
internal import GatehouseOIDC

/// What somebody reads whose sign-in at a provider came to nothing: what happened, and what they can do now.
///
/// Why a provider's answer was refused stands in the log alone; whoever made it up learns nothing.
struct ProviderPage: Sendable {
    let settings: PortalSettings
    let provider: Provider
    /// Where the person wanted to go, so that another try leads there.
    let destination: Destination?

    /// What happened.
    enum Problem: Equatable, Sendable {
        case denied
        case outage
        case misconfigured
        /// The provider wants to ask the person something, and did not get the chance twice.
        case interaction
        /// It began in another browser, too long ago, or never.
        case elsewhere
        /// What the provider sent is not what it has to be.
        case refused
        /// The provider knows them, and no allow list does; by the name that they have there.
        case notAdmitted(UTF8Text)
        case nameTaken
        case nameUnusable
        case notLinked
        case inactive
        /// Somebody else came back than whoever is signed in.
        case otherPerson
        /// The provider does not say when it asked the person.
        case unproven
        /// Whoever began it is not signed in any more.
        case sessionOver
        /// A link needs a sign-in of a moment ago.
        case stale
        case linkTaken
        case nothingToLink
        case tooOften(Duration)

        init(_ error: ProviderError) {
            self =
                switch error {
                case .outage: .outage
                case .misconfigured: .misconfigured
                case .denied: .denied
                case .needsInteraction: .interaction
                case .refused: .refused
                }
        }

        /// Whether anything went wrong, and not only somebody said no.
        var isFault: Bool {
            switch self {
            case .outage, .misconfigured, .refused, .elsewhere: true
            default: false
            }
        }

        var status: Int {
            switch self {
            case .outage: 503
            case .misconfigured: 502
            case .tooOften: 429
            case .linkTaken, .nameTaken: 409
            case .denied, .interaction, .elsewhere, .refused, .notAdmitted, .nameUnusable, .notLinked, .inactive,
                .otherPerson, .unproven, .sessionOver, .stale, .nothingToLink:
                403
            }
        }
    }

    /// The page as an answer; `signOut` is where a person signs out at the provider.
    func reply(_ problem: Problem, signOut: Link? = nil) -> Reply {
        var reply = Reply(problem.status, page(problem, signOut: signOut))
        switch problem {
        case .outage: reply.setRetryAfter(.seconds(5))
        case .tooOften(let wait): reply.setRetryAfter(wait)
        default: break
        }
        return reply
    }

    func page(_ problem: Problem, signOut: Link? = nil) -> Page {
        var page = Page(title(problem)) {
            tag("h1") { heading(problem) }
            tag("p", .class("soft")) { explanation(problem) }
            advice(problem)
            buttons(problem, signOut: signOut)
        }
        page.isFault = problem.isFault
        return page
    }

    private func title(_ problem: Problem) -> StaticString {
        switch problem {
        case .notAdmitted: "No access"
        case .linkTaken, .nothingToLink, .stale: "Not linked"
        case .tooOften: "Too often"
        default: "Not signed in"
        }
    }

    private var name: HTML { HTML.name(provider.title) }

    @HTMLBuilder private func heading(_ problem: Problem) -> HTML {
        switch problem {
        case .denied:
            name
            " did not let you in"
        case .outage:
            name
            " does not answer"
        case .misconfigured: "This sign-in is not set up"
        case .interaction:
            name
            " wants to ask you something"
        case .elsewhere: "That sign-in is over"
        case .refused: "That answer was not accepted"
        case .notAdmitted: "That account may not come in here"
        case .nameTaken: "That name belongs to somebody else"
        case .nameUnusable: "That name cannot be used here"
        case .notLinked: "Nobody here is linked to that account"
        case .inactive: "Your account here is switched off"
        case .otherPerson: "That was another account"
        case .unproven: "That does not prove enough"
        case .sessionOver: "You are not signed in any more"
        case .stale: "Please sign in again first"
        case .linkTaken: "That account is linked already"
        case .nothingToLink: "There is nothing to link"
        case .tooOften: "That was tried too often"
        }
    }

    // Long: a table of sentences.
    @HTMLBuilder private func explanation(_ problem: Problem) -> HTML {
        switch problem {
        case .denied:
            "Either you said no there, or "
            name
            " does not let you use this site."
        case .outage:
            "So nobody can sign in with it right now. Whoever is signed in stays so. Please try again in a moment."
        case .misconfigured:
            name
            " and this site do not understand each other. That is not your fault; the log says what has to be changed."
        case .interaction: "It did not get the chance. Please sign in there first, then try again here."
        case .elsewhere:
            """
            It was begun in another browser or more than ten minutes ago, or your browser blocks cookies. Please start again \
            from here.
            """
        case .refused:
            "What came back from "
            name
            " did not pass the checks of this site, so nobody was signed in. Please start again."
        case .notAdmitted(let account):
            if account.isEmpty {
                "You are signed in at "
                name
                ", but your account there is not admitted to this site."
            } else {
                "You are signed in at "
                name
                " as "
                tag("strong") { HTML.name(account) }
                ", but that account is not admitted to this site."
            }
        case .nameTaken:
            "You are known at "
            name
            " by a name that somebody else has here, and nobody gets another one's name."
        case .nameUnusable:
            name
            " told no name for you, or one that cannot be a user name on this site."
        case .notLinked:
            "You are signed in at "
            name
            ", but only people come in whose account here is linked to the one there. Sign in as usual and link it on your account page."
        case .inactive:
            "Your account at "
            name
            " is fine, but the one that you have on this site is not active."
        case .otherPerson:
            "You came back from "
            name
            " as somebody else than you are here. You are still signed in as before."
        case .unproven:
            "The page that you want asks for a sign-in of a moment ago, and "
            name
            " did not ask you again, or does not say when it last did."
        case .sessionOver: "It ended while you were away, so nothing was changed. Please sign in and try again."
        case .stale: "Linking an account needs a sign-in within the last five minutes."
        case .linkTaken: "Somebody else on this site has linked it. Nothing was changed."
        case .nothingToLink:
            "You are known here only by the provider that you signed in with. Only people with an account on this site can link others."
        case .tooOften(let wait):
            "Many sign-ins were begun from your network. Please wait "
            TimeWords.wait(wait)
            " and try again."
        }
    }

    @HTMLBuilder private func advice(_ problem: Problem) -> HTML {
        switch problem {
        case .denied, .misconfigured, .notAdmitted, .nameTaken, .nameUnusable, .inactive, .notLinked, .linkTaken:
            tag("p", .class("soft")) {
                "If you should have access, ask "
                settings.contactPhrase
                "."
            }
        case .outage, .refused, .tooOften, .unproven:
            tag("p", .class("soft")) {
                "If it stays like this, tell "
                settings.contactPhrase
                "."
            }
        case .interaction, .elsewhere, .otherPerson, .sessionOver, .stale, .nothingToLink: HTML()
        }
    }

    // MARK: - Ways on

    @HTMLBuilder private func buttons(_ problem: Problem, signOut: Link?) -> HTML {
        switch problem {
        case .linkTaken, .nothingToLink: account(isFirst: true)
        case .otherPerson:
            again("Try again")
            account(isFirst: false)
        case .stale, .sessionOver: others("Sign in", isFirst: true)
        case .unproven, .notLinked, .nameUnusable, .inactive: others("Sign in another way", isFirst: true)
        case .notAdmitted, .nameTaken:
            again("Use another account", picksAccount: true)
            if let signOut {
                tag("a", .class("button plain"), .href(signOut)) {
                    "Sign out at "
                    name
                }
            }
            others("Sign in another way", isFirst: false)
        case .denied, .outage, .misconfigured, .interaction, .elsewhere, .refused, .tooOften:
            again("Try again")
            others("Sign in another way", isFirst: false)
        }
    }

    private func again(_ words: HTML, picksAccount: Bool = false) -> HTML {
        let link = Link(
            .provider(provider.name), of: settings.address, returningTo: destination, picksAccount: picksAccount)
        return tag("a", .class("button"), .href(link)) { words }
    }

    private func others(_ words: HTML, isFirst: Bool) -> HTML {
        let link = Link(
            .signIn, of: settings.address, returningTo: destination, switchesUser: true, staysOnPage: true)
        return tag("a", isFirst ? .class("button") : .class("button plain"), .href(link)) { words }
    }

    private func account(isFirst: Bool) -> HTML {
        tag("a", isFirst ? .class("button") : .class("button plain"), .href(Link(.account, of: settings.address))) {
            "Go to your account"
        }
    }
}
