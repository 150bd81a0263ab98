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
        // What stands against a password says which rules it breaks: they are not said twice.
        let shown = if case .refused? = problem { [String]() } else { hints }
        let isWrong = problem != nil
        let invalid = Attribute.invalid(problem?.isAboutInput == true)
        let told: [Attribute] = [.described(isWrong: isWrong), invalid]
        return Page("Make the administrator", isError: isWrong) {
            "<h1>Make the administrator</h1>"
            "<p class=\"soft\">There is nobody here yet. This account may do everything.</p>"
            if let problem { Field.alert(problem.message(settings)) }
            Field.rules(shown)
            tag("form", Attribute("method", "post"), .action(Link(.setup, of: settings.address))) {
                Field.hidden("token", token)
                Field.hidden("link", link.text)
                Field.name("User name", name, maxLength: "150", hasFocus: name.isEmpty, told: told)
                Field.password(
                    "password", "Password", isNew: true, hasFocus: !name.isEmpty,
                    told: [.described(isWrong: isWrong, hasRules: !shown.isEmpty), invalid])
                Field.password("again", "Password again", isNew: true, told: told)
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
