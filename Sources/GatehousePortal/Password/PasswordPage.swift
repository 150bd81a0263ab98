internal import GatehouseCore

/// The forms for a new password: one's own, one that has to be changed, and one by a link.
struct PasswordPage {
    let settings: PortalSettings
    let kind: Kind
    /// What a new password must be like.
    let hints: [String]

    enum Kind: Sendable {
        /// `/account/password`: the old one is asked for.
        case own
        /// `/login/password`: an operator wants it; the person has just signed in with the old one.
        case required
        /// `/reset/password`: the person came by a link.
        case byLink
    }

    /// What went wrong the time before.
    enum Problem: Sendable {
        case missing
        case differ
        case tooLong
        case unreadable
        case wrongOld
        case refused([String])
        case expired
        case throttled(Duration)
        case busy
        case unavailable

        @HTMLBuilder func message(_ settings: PortalSettings) -> HTML {
            switch self {
            case .missing: "Please fill in every field."
            case .differ: "The two new passwords differ."
            case .tooLong: "That is longer than a password may be."
            case .unreadable:
                "The new password holds something that cannot be typed everywhere. Please choose another one."
            case .wrongOld: "The old password is not right."
            case .refused(let reasons):
                if reasons.count == 1 {
                    for reason in reasons { HTML.text(reason) }
                } else {
                    tag("ul") { for reason in reasons { tag("li") { HTML.text(reason) } } }
                }
            case .expired: "This page had been open for a while, or your browser blocks cookies. Please try again."
            case .throttled(let wait): SignInPage.tooOften(wait, settings)
            case .busy: "Many people are signing in right now. Please try again in a moment."
            case .unavailable:
                "That does not work at the moment. Please try again shortly; nothing was changed."
                settings.askIfItStays
            }
        }

        /// Which of the fields are to be marked as wrong.
        var isAboutOld: Bool {
            switch self {
            case .missing, .wrongOld: true
            case .differ, .tooLong, .unreadable, .refused, .expired, .throttled, .busy, .unavailable: false
            }
        }

        var isAboutNew: Bool {
            switch self {
            case .missing, .differ, .tooLong, .unreadable, .refused: true
            case .wrongOld, .expired, .throttled, .busy, .unavailable: false
            }
        }
    }

    /// The form.
    ///
    /// `name` is whose password it is, also for password managers. The form has no `action`: the fragment of a page that somebody
    /// wants to see stays with the browser's address.
    func form(name: UserName, token: String, problem: Problem? = nil) -> Page {
        // What stands against a password says which rules it breaks: they are not said twice.
        let shown = if case .refused? = problem { [String]() } else { hints }
        return Page(kind == .own ? "Change your password" : "Choose a new password", isError: problem != nil) {
            kind == .own ? "<h1>Change your password</h1>" : "<h1>Choose a new password</h1>"
            tag("p", .class("where")) {
                "for "
                tag("strong") { HTML.name(name.text) }
            }
            if kind == .required {
                "<p class=\"soft\">Before you go on, your password has to be replaced by one that only you know.</p>"
            }
            if let problem { alert(problem) }
            Field.rules(shown)
            tag("form", Attribute("method", "post")) {
                Field.hidden("token", token)
                // Tells password managers whose password this is.
                tag(
                    "input", .class("unseen"), Attribute("type", "text"), Attribute("name", "username"),
                    Attribute("autocomplete", "username"), Attribute("tabindex", "-1"),
                    Attribute("aria-hidden", "true"),
                    .flag("readonly"), .value(name.text.bytes))
                fields(problem, hasRules: !shown.isEmpty)
                button
            }
            if kind == .own {
                "<p class=\"note\">All your other sessions end; this one goes on.</p>"
                tag("a", .class("button plain"), .href(Link(.account, of: settings.address))) { "Back" }
            }
        }
    }

    private func alert(_ problem: Problem) -> HTML {
        tag("div", .class("alert"), Attribute("id", "problem"), Attribute("role", "alert")) {
            problem.message(settings)
            if kind == .own, problem.isAboutNew, !problem.isAboutOld {
                tag("p") {
                    if case .refused = problem { "The old password was right. " }
                    "Please type all three again: a page never holds a password."
                }
            }
        }
    }

    @HTMLBuilder private func fields(_ problem: Problem?, hasRules: Bool) -> HTML {
        let (isOldWrong, isNewWrong) = (problem?.isAboutOld == true, problem?.isAboutNew == true)
        if kind == .own {
            Field.password(
                "old", "Old password", isNew: false, hasFocus: true,
                told: [.described(isWrong: isOldWrong), .invalid(isOldWrong)])
        }
        Field.password(
            "password", "New password", isNew: true, hasFocus: kind != .own,
            told: [.described(isWrong: isNewWrong, hasRules: hasRules), .invalid(isNewWrong)])
        Field.password(
            "again", "New password again", isNew: true,
            told: [.described(isWrong: isNewWrong), .invalid(isNewWrong)])
    }

    private var button: HTML {
        switch kind {
        case .own: "<button type=\"submit\">Change the password</button>"
        case .required: "<button type=\"submit\">Save and go on</button>"
        case .byLink: "<button type=\"submit\">Save the new password</button>"
        }
    }

    /// For somebody who signs in with an account elsewhere alone: there is no old one to prove anything by.
    static func none(_ settings: PortalSettings) -> Page {
        Page("Change your password") {
            "<h1>Your account has no password</h1>"
            tag("p", .class("soft")) {
                "You sign in with an account elsewhere. If you want a password as well, ask "
                settings.contactPhrase
                " for a link to choose one."
            }
            tag("a", .class("button"), .href(Link(.account, of: settings.address))) { "Go to your account" }
        }
    }

    /// For people whose password is kept elsewhere.
    static func elsewhere(_ settings: PortalSettings) -> Page {
        Page("Change your password") {
            "<h1>Your password is kept elsewhere</h1>"
            tag("p", .class("soft")) {
                "You sign in with a password that this site only passes on. Change it where it comes from, or ask "
                settings.contactPhrase
                "."
            }
            tag("a", .class("button"), .href(Link(.account, of: settings.address))) { "Go to your account" }
        }
    }
}
