internal import GatehouseCore

/// Asking for a link by mail, and what becomes of it.
struct ResetPage {
    let settings: PortalSettings
    /// Where the person wanted to go before the password was missing.
    var destination: Destination?

    enum Problem: Sendable {
        case missing
        case expired
        case unavailable

        @HTMLBuilder func message(_ settings: PortalSettings) -> HTML {
            switch self {
            case .missing: "Please enter your user name or your e-mail address."
            case .expired: "This page had been open for a while, or your browser blocks cookies. Please try again."
            case .unavailable:
                "That does not work at the moment. Please try again shortly."
                settings.askIfItStays
            }
        }
    }

    func form(name: [UInt8] = [], token: String, problem: Problem? = nil) -> Page {
        Page("Forgot your password", isError: problem != nil) {
            "<h1>Forgot your password?</h1>"
            "<p class=\"soft\">We send a link to the e-mail address of your account. It lets you choose a new password.</p>"
            if let problem { Field.alert(problem.message(settings)) }
            tag("form", Attribute("method", "post")) {
                Field.hidden("token", token)
                Field.name(
                    "User name or e-mail address", name, maxLength: "254", hasFocus: true,
                    told: [.described(isWrong: problem != nil)])
                "<button type=\"submit\">Send the link</button>"
            }
            tag("a", .class("button plain"), .href(signIn)) { "Back to sign-in" }
        }
    }

    private var signIn: Link { Link(.signIn, of: settings.address, returningTo: destination) }

    /// The same for everybody: it says nothing about whether there is such an account.
    func asked() -> Page {
        Page("Look into your mail") {
            "<h1>Look into your mail</h1>"
            """
            <p>If there is an account of this name or address that can get a new password by mail, a link is on its way.</p>
            """
            tag("p", .class("soft")) {
                """
                It may take some minutes, and it may be in the spam folder. Nothing comes? Then the account may have another \
                address, or its password is kept elsewhere: ask \

                """
                settings.contactPhrase
                "."
            }
            tag("a", .class("button"), .href(signIn)) { "Back to sign-in" }
        }
    }

    /// For a link that does not work, whatever the reason is.
    func gone(offersReset: Bool) -> Page {
        Page("This link does not work") {
            "<h1>This link does not work</h1>"
            """
            <p class="soft">It was used already, it is too old, or the account has changed since: a sign-in or a new password ends \
            every link that was sent before.</p>
            """
            if offersReset {
                tag("a", .class("button"), .href(Link(.reset, of: settings.address))) { "Ask for another link" }
            }
            tag(
                "a", offersReset ? .class("button plain") : .class("button"), .href(Link(.signIn, of: settings.address))
            ) { "Back to sign-in" }
        }
    }

    func done(_ destination: Destination?) -> Page {
        Page("Your password is changed") {
            "<h1>Your password is changed</h1>"
            "<p class=\"soft\">Everywhere you were signed in, you are signed out now.</p>"
            tag("a", .class("button"), .href(Link(.signIn, of: settings.address, returningTo: destination))) {
                "Sign in"
            }
        }
    }
}
