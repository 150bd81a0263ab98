internal import GatehouseCore

/// The form for the first administrator.
struct SetupPage {
    let settings: PortalSettings
    /// What the password must be like.
    var hints: [String] = []

    /// What went wrong the time before.
    enum Problem: Sendable {
        case missing
        case differ
        case tooLong
        case refused(String)
        case expired
        case unavailable

        @HTMLBuilder func message(_ settings: PortalSettings) -> HTML {
            switch self {
            case .missing: "Please choose a user name and a password."
            case .differ: "The two passwords differ."
            case .tooLong: "That is longer than a user name or a password may be."
            case .refused(let reason): HTML.text(reason)
            case .expired: "This page had been open for a while, or your browser blocks cookies. Please try again."
            case .unavailable: "That does not work at the moment. Please try again shortly; nothing was changed."
            }
        }

        /// Whether the fields are to be marked as wrong.
        var isAboutInput: Bool {
            switch self {
            case .missing, .differ, .tooLong, .refused: true
            case .expired, .unavailable: false
            }
        }
    }

    /// The form, with the secret of the link that led here and the name that was typed before.
    func form(link: SecretToken, name: [UInt8] = [], token: String, problem: Problem? = nil) -> Page {
        let described =
            problem == nil ? Attribute.flag("aria-describedby", false) : Attribute("aria-describedby", "problem")
        // What stands against a password says which rules it breaks: they are not said twice.
        let shown = if case .refused? = problem { [String]() } else { hints }
        let invalid =
            problem?.isAboutInput == true
            ? Attribute("aria-invalid", "true") : Attribute.flag("aria-invalid", false)
        return Page("Make the administrator", isError: problem != nil) {
            "<h1>Make the administrator</h1>"
            "<p class=\"soft\">There is nobody here yet. This account may do everything.</p>"
            if let problem {
                tag("p", .class("alert"), Attribute("id", "problem"), Attribute("role", "alert")) {
                    problem.message(settings)
                }
            }
            PasswordPage.rules(shown)
            tag("form", Attribute("method", "post"), .action(Link(.setup, of: settings.address))) {
                tag("input", Attribute("type", "hidden"), Attribute("name", "token"), .value(token))
                tag("input", Attribute("type", "hidden"), Attribute("name", "link"), .value(link.text))
                "<label for=\"name\">User name</label>"
                tag(
                    "input", Attribute("id", "name"), Attribute("name", "name"), Attribute("type", "text"),
                    .value(name),
                    Attribute("autocomplete", "username"), Attribute("autocapitalize", "none"),
                    Attribute("autocorrect", "off"), Attribute("spellcheck", "false"), Attribute("maxlength", "150"),
                    .flag("required"), .flag("autofocus", name.isEmpty), described, invalid)
                "<label for=\"password\">Password</label>"
                tag(
                    "input", Attribute("id", "password"), Attribute("name", "password"), Attribute("type", "password"),
                    Attribute("autocomplete", "new-password"), .flag("required"), .flag("autofocus", !name.isEmpty),
                    PasswordPage.described(isWrong: problem != nil, hasRules: !shown.isEmpty), invalid)
                "<label for=\"again\">Password again</label>"
                tag(
                    "input", Attribute("id", "again"), Attribute("name", "again"), Attribute("type", "password"),
                    Attribute("autocomplete", "new-password"), .flag("required"), described, invalid)
                "<button type=\"submit\">Make the account and sign in</button>"
            }
        }
    }

    /// For a link that does not work, whatever the reason is.
    func gone() -> Page {
        Page("This link does not work") {
            "<h1>This link does not work</h1>"
            """
            <p>A link for the first administrator works for an hour, once, and only while there is no administrator.</p>
            <p class="soft">Starting Gatehouse again prints another one if there still is none. On the command line, \
            <code>gatehouse user add NAME --superuser</code> does the same.</p>
            """
            tag("a", .class("button"), .href(Link(.signIn, of: settings.address))) { "Sign in" }
        }
    }
}
