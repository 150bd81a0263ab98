internal import GatehouseCore

/// The sign-in form and what goes with it.
struct SignInPage {
    let settings: PortalSettings
    /// Where the person goes afterwards; `nil` for the default.
    let destination: Destination?
    /// Whether the page's own address holds that place; else the form has to.
    var isInAddress = false
    /// Whether a forgotten password can be replaced by a link.
    var offersReset = false
    /// The providers that somebody can sign in with; `nil` if there are none.
    var providers: ProviderButtons?

    /// What went wrong the time before.
    enum Problem: Sendable {
        case missing
        case wrong
        case barred(BarredAccount)
        case expired
        /// The browser shows live sessions of several people.
        case severalPeople
        /// Somebody has just signed in, and the session did not come back.
        case lost(CookieLoss)
        case throttled(Duration)
        case busy
        case unavailable

        @HTMLBuilder func message(_ settings: PortalSettings) -> HTML {
            switch self {
            case .missing: "Please enter your user name and your password."
            case .wrong: "That user name and password do not match. Both are case-sensitive."
            case .barred(let account): account.message(settings)
            case .expired: "This page had been open for a while, or your browser blocks cookies. Please try again."
            case .severalPeople:
                """
                Your browser holds sign-ins of different people at once, so none of them counts. Sign in once more: that ends \
                the others and keeps yours.
                """
            case .lost(let loss): OnwardPage.message(loss, settings)
            case .throttled(let wait): SignInPage.tooOften(wait, settings)
            case .busy: "Many people are signing in right now. Please try again in a moment."
            case .unavailable:
                "Signing in does not work at the moment. Please try again shortly; nothing is wrong with your password."
                settings.askIfItStays
            }
        }

        /// Whether the fields are to be marked as wrong.
        var isAboutInput: Bool {
            switch self {
            case .missing, .wrong: true
            case .barred, .expired, .severalPeople, .lost, .throttled, .busy, .unavailable: false
            }
        }
    }

    /// The form, with the name that was typed before and what went wrong then.
    func form(name: [UInt8] = [], isRemembered: Bool = false, token: String, problem: Problem? = nil) -> Page {
        let told: [Attribute] = [.described(isWrong: problem != nil), .invalid(problem?.isAboutInput == true)]
        return Page("Sign in", isError: problem != nil) {
            "<h1>Sign in</h1>"
            goal
            if let problem { Field.alert(problem.message(settings)) }
            if providers?.areBelowForm ?? true { fields(name: name, isRemembered: isRemembered, token: token, told) }
            if let providers { providers.html(returningTo: destination) }
        }
    }

    @HTMLBuilder private func fields(name: [UInt8], isRemembered: Bool, token: String, _ told: [Attribute]) -> HTML {
        // Without `action`: browsers keep the fragment of the page's address over the form and the redirects after it.
        tag("form", Attribute("method", "post")) {
            Field.hidden("token", token)
            if let destination, !isInAddress { Field.hidden("rd", destination.address.text) }
            Field.name("User name", name, maxLength: "254", hasFocus: name.isEmpty, told: told)
            Field.password("password", "Password", isNew: false, hasFocus: !name.isEmpty, told: told)
            tag("label", .class("check")) {
                tag(
                    "input", Attribute("type", "checkbox"), Attribute("name", "remember"), Attribute("value", "1"),
                    .flag("checked", isRemembered))
                tag("span") {
                    "Keep me signed in on this device for up to "
                    TimeWords.length(settings.cookies.rememberedAge)
                }
            }
            "<button type=\"submit\">Sign in</button>"
        }
        if offersReset {
            tag("p", .class("aside")) {
                tag("a", .href(Link(.reset, of: settings.address, returningTo: destination))) {
                    "Forgot your password?"
                }
            }
        }
    }

    /// The same for names that exist and names that do not.
    @HTMLBuilder static func tooOften(_ wait: Duration, _ settings: PortalSettings) -> HTML {
        "That was tried too often. Please wait "
        TimeWords.wait(wait)
        " and try again. If that was not you, tell "
        settings.contactPhrase
        "."
    }

    /// For someone who is signed in already: to go on, or to be someone else.
    ///
    /// Going on is a link, so that no redirect can go in circles.
    func choice(_ signedIn: SignedIn, to destination: Destination, _ loss: CookieLoss? = nil) -> Page {
        Page("Signed in") {
            "<h1>You are signed in</h1>"
            tag("p", .class("where")) {
                "as "
                tag("strong") { HTML.name(signedIn.identity.name.text) }
            }
            if let loss {
                tag("p", .class("alert"), Attribute("role", "alert")) { OnwardPage.message(loss, settings) }
            }
            tag("a", .class("button"), .href(Link(destination.address))) {
                "Continue to "
                HTML.text((destination.address.origin ?? settings.address.origin).authority.description)
            }
            tag(
                "a", .class("button plain"),
                .href(Link(.signIn, of: settings.address, returningTo: destination, switchesUser: true))
            ) { "Sign in as someone else" }
        }
    }

    @HTMLBuilder private var goal: HTML {
        if let origin = destination?.address.origin {
            tag("p", .class("where")) {
                "to continue to "
                tag("strong") { HTML.text(origin.authority.description) }
            }
        }
    }
}
