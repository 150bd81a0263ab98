internal import GatehouseCore

/// The sign-in form and what goes with it.
struct SignInPage {
    let settings: PortalSettings
    /// Where the person goes afterwards; `nil` for the default.
    let destination: ReturnAddress?
    /// Whether a forgotten password can be replaced by a link.
    var offersReset = false

    /// What went wrong the time before.
    enum Problem: Sendable {
        case missing
        case wrong
        case expired
        case throttled(Duration)
        case busy
        case unavailable

        @HTMLBuilder var message: HTML {
            switch self {
            case .missing: "Please enter your user name and your password."
            case .wrong: "That user name and password do not match. Both are case-sensitive."
            case .expired: "This page had been open for a while, or your browser blocks cookies. Please try again."
            case .throttled(let wait): SignInPage.tooOften(wait)
            case .busy: "Many people are signing in right now. Please try again in a moment."
            case .unavailable:
                "Signing in does not work at the moment. Please try again shortly; nothing is wrong with your password."
            }
        }

        /// Whether the fields are to be marked as wrong.
        var isAboutInput: Bool {
            switch self {
            case .missing, .wrong: true
            case .expired, .throttled, .busy, .unavailable: false
            }
        }
    }

    /// The form, with the name that was typed before and what went wrong then.
    func form(name: [UInt8] = [], isRemembered: Bool = false, token: String, problem: Problem? = nil) -> Page {
        let isInvalid = problem?.isAboutInput ?? false
        let described =
            problem == nil ? Attribute.flag("aria-describedby", false) : Attribute("aria-describedby", "problem")
        let invalid = isInvalid ? Attribute("aria-invalid", "true") : Attribute.flag("aria-invalid", false)
        return Page("Sign in", formOrigins: [(destination ?? settings.home)?.origin]) {
            "<h1>Sign in</h1>"
            goal
            if let problem {
                tag("p", .class("alert"), Attribute("id", "problem"), Attribute("role", "alert")) { problem.message }
            }
            tag("form", Attribute("method", "post"), .action(Link(.signIn, of: settings.address))) {
                tag("input", Attribute("type", "hidden"), Attribute("name", "token"), .value(token))
                if let destination {
                    tag("input", Attribute("type", "hidden"), Attribute("name", "rd"), .value(destination.text))
                }
                "<label for=\"name\">User name</label>"
                tag(
                    "input", Attribute("id", "name"), Attribute("name", "name"), Attribute("type", "text"),
                    .value(name),
                    Attribute("autocomplete", "username"), Attribute("autocapitalize", "none"),
                    Attribute("autocorrect", "off"), Attribute("spellcheck", "false"), Attribute("maxlength", "254"),
                    .flag("required"), .flag("autofocus", name.isEmpty), described, invalid)
                "<label for=\"password\">Password</label>"
                tag(
                    "input", Attribute("id", "password"), Attribute("name", "password"), Attribute("type", "password"),
                    Attribute("autocomplete", "current-password"), .flag("required"), .flag("autofocus", !name.isEmpty),
                    described, invalid)
                tag("label", .class("check")) {
                    tag(
                        "input", Attribute("type", "checkbox"), Attribute("name", "remember"), Attribute("value", "1"),
                        .flag("checked", isRemembered))
                    "<span>Keep me signed in on this device</span>"
                }
                "<button type=\"submit\">Sign in</button>"
            }
            if offersReset {
                tag("p", .class("aside")) {
                    tag("a", .href(Link(.reset, of: settings.address))) { "Forgot your password?" }
                }
            }
        }
    }

    /// The same for names that exist and names that do not.
    @HTMLBuilder static func tooOften(_ wait: Duration) -> HTML {
        "That was tried too often. Please wait "
        TimeWords.wait(wait)
        " and try again."
    }

    /// For someone who is signed in already: to go on, or to be someone else.
    ///
    /// Going on is a link, so that no redirect can go in circles.
    func choice(_ signedIn: SignedIn, to destination: ReturnAddress) -> Page {
        Page("Signed in") {
            "<h1>You are signed in</h1>"
            tag("p", .class("where")) {
                "as "
                tag("strong") { HTML.name(signedIn.identity.name.text) }
            }
            tag("a", .class("button"), .href(Link(destination))) {
                "Continue to "
                HTML.text((destination.origin ?? settings.address.origin).authority.description)
            }
            tag(
                "a", .class("button plain"),
                .href(Link(.signIn, of: settings.address, returningTo: destination, switchesUser: true))
            ) { "Sign in as someone else" }
        }
    }

    @HTMLBuilder private var goal: HTML {
        if let origin = destination?.origin {
            tag("p", .class("where")) {
                "to continue to "
                tag("strong") { HTML.text(origin.authority.description) }
            }
        }
    }
}
