internal import GatehouseCore
internal import GatehouseOIDC

/// The pages about one's own session: who one is, and signing out.
struct AccountPages {
    let settings: PortalSettings

    /// What the account page shows.
    struct Account {
        let signedIn: SignedIn
        let sessions: SessionList
        let password: Password
        let signOutToken: String
        /// What was just done, told once at the top of the page.
        let done: Done?
        /// What the first administrator does next; `nil` for everybody else.
        let nextSteps: NextSteps?
        /// The accounts elsewhere that the person can sign in with; empty where there are no providers.
        var waysIn = HTML()
    }

    /// Where a person's password is.
    enum Password: Sendable {
        /// Here, and can be changed.
        case own
        /// They sign in with an account elsewhere alone.
        case none
        case elsewhere
    }

    /// Who is signed in and where, with the buttons that sign out.
    func account(_ account: Account) -> Page {
        let identity = account.signedIn.identity
        let title = identity.displayName.isEmpty ? identity.name.text : identity.displayName
        return Page("Your account") {
            if let done = account.done {
                tag("p", .class("alert good"), Attribute("role", "status")) { done.message }
            }
            "<h1>Your account</h1>"
            if let steps = account.nextSteps { steps.html }
            tag("div", .class("person")) {
                tag("span", .class("initial"), Attribute("aria-hidden", "true")) { AccountPages.initial(of: title) }
                tag("div") {
                    tag("p", .class("name")) { HTML.name(title) }
                    tag("p") {
                        "Signed in as "
                        HTML.name(identity.name.text)
                    }
                }
            }
            tag("dl") {
                if !identity.email.isEmpty { row("E-mail") { HTML.name(identity.email) } }
                if identity.isSuperuser || identity.isStaff {
                    row("Role") { identity.isSuperuser ? "Superuser" : "Staff" }
                }
                if !identity.groups.isEmpty { row("Groups") { AccountPages.groups(identity.groups) } }
                row("Password") {
                    switch account.password {
                    case .own: tag("a", .href(Link(.accountPassword, of: settings.address))) { "Change your password" }
                    case .none: "None: you sign in with an account elsewhere"
                    case .elsewhere:
                        "Kept elsewhere ("
                        HTML.name(identity.user.backend.text)
                        ")"
                    }
                }
            }
            account.waysIn
            account.sessions.html
            signOutForm(token: account.signOutToken, returningTo: nil, isSecondary: true)
            if let home = settings.home {
                tag("a", .class("button plain"), .href(Link(home))) { "Go to the start page" }
            }
        }
    }

    /// Asks before signing out: a link alone must not be able to; `name` is whose session it is, if that is known.
    func signOutQuestion(name: UserName?, token: String, destination: Destination?, problem: SignOutProblem? = nil)
        -> Page
    {
        Page("Sign out", isError: problem != nil) {
            "<h1>Sign out?</h1>"
            if let name {
                tag("p", .class("where")) {
                    "You are signed in as "
                    tag("strong") { HTML.name(name.text) }
                    "."
                }
            }
            if let problem { tag("p", .class("alert"), Attribute("role", "alert")) { problem.message } }
            signOutForm(token: token, returningTo: destination)
            tag("a", .class("button plain"), .href(destination.map { Link($0.address) } ?? homeLink)) {
                "Stay signed in"
            }
        }
    }

    /// What stands above the question.
    enum SignOutProblem: Sendable {
        case forged
        case stale
        /// The browser shows live sessions of several people.
        case severalPeople

        var message: HTML {
            switch self {
            case .forged: "That did not come from this page, so nothing was changed. Please try again."
            case .stale: "This page had been open for a while, so nothing was changed. Please try again."
            case .severalPeople:
                "Your browser holds sign-ins of different people at once, so none of them counts. Signing out ends all of them."
            }
        }
    }

    /// With the way on to where a person came from, who would be asked to sign in again there.
    ///
    /// `elsewhere` is the provider that the session began at, where the person may still be signed in.
    func signedOut(destination: Destination?, elsewhere: ProviderSignOut.Offer? = nil, staysOnPage: Bool = false)
        -> Page
    {
        Page("Signed out") {
            "<h1>You are signed out</h1>"
            "<p class=\"soft\">This browser is no longer signed in.</p>"
            if let elsewhere {
                tag("p", .class("soft")) {
                    "You may still be signed in at "
                    HTML.name(elsewhere.provider.title)
                    ": whoever uses this browser next could come in by it again."
                }
                tag("a", .class("button"), .href(elsewhere.link)) {
                    "Also sign out at "
                    HTML.name(elsewhere.provider.title)
                }
            }
            if let destination {
                tag("a", elsewhere == nil ? .class("button") : .class("button plain"), .href(Link(destination.address)))
                {
                    "Go to "
                    HTML.text((destination.address.origin ?? settings.address.origin).authority.description)
                }
            }
            tag(
                "a", destination == nil && elsewhere == nil ? .class("button") : .class("button plain"),
                .href(Link(.signIn, of: settings.address, returningTo: destination, staysOnPage: staysOnPage))
            ) { "Sign in again" }
        }
    }

    /// The way on to where a person signs out at a provider, too: by the page itself, since a browser lets no form lead there.
    func signingOutElsewhere(_ elsewhere: ProviderSignOut.Offer) -> Page {
        Page("Signed out", onward: elsewhere.link) {
            "<h1>You are signed out</h1>"
            tag("p", .class("soft")) {
                "This browser is no longer signed in here. You go on to "
                HTML.name(elsewhere.provider.title)
                " to sign out there, too."
            }
            tag("a", .class("button"), Attribute("id", "onward"), .href(elsewhere.link)) { "Continue" }
        }
    }

    /// The browser forgot its cookie, but the store could not be told.
    func signedOutHere() -> Page {
        Page("Signed out here only") {
            "<h1>Signed out in this browser only</h1>"
            """
            <p>This browser has forgotten your session, but the server that keeps sessions did not answer, so it may still be \
            active there until it ends by itself.</p>
            """
            tag("p", .class("soft")) {
                "If someone else could have a copy of it, sign in again and sign out once more, or ask "
                settings.contactPhrase
                " to end all your sessions."
            }
            tag("a", .class("button"), .href(Link(.signIn, of: settings.address))) { "Sign in again" }
        }
    }

    private var homeLink: Link { settings.home.map(Link.init) ?? Link(.account, of: settings.address) }

    private func signOutForm(token: String, returningTo: Destination?, isSecondary: Bool = false) -> HTML {
        tag(
            "form", Attribute("method", "post"),
            .action(Link(.signOut, of: settings.address, returningTo: returningTo))
        ) {
            Field.hidden("token", token)
            tag("button", isSecondary ? .class("plain") : .flag("class", false), Attribute("type", "submit")) {
                "Sign out"
            }
        }
    }

    /// More than ten are folded.
    private static func groups(_ groups: [GroupName]) -> HTML {
        let list = tag("ul", .class("tags")) {
            for group in groups.sorted(by: { NaturalOrder.isBefore($0.text, $1.text) }) {
                tag("li") { HTML.name(group.text) }
            }
        }
        guard groups.count > 10 else { return list }
        return tag("details") {
            tag("summary") { HTML.text("\(groups.count) groups") }
            list
        }
    }

    private func row(_ title: HTML, @HTMLBuilder content: () -> HTML) -> HTML {
        tag("div") {
            tag("dt") { title }
            tag("dd") { content() }
        }
    }

    private static func initial(of text: UTF8Text) -> HTML {
        HTML.text(text.string.first.map { String($0).uppercased() } ?? "?")
    }
}

extension Done {
    fileprivate var message: HTML {
        switch self {
        case .password: "Your password is changed, and your other sessions have ended."
        case .session: "That session has ended."
        case .others: "All your other sessions have ended."
        case .linked: "That account is linked: you can sign in with it from now on."
        case .unlinked: "That account is not linked to this one any more, and sessions that began there have ended."
        case .setup: "You are the administrator now, and signed in."
        }
    }
}
