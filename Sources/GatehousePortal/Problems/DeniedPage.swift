internal import GatehouseCore

/// What someone sees who may not open a page; shown under the application's own host.
struct DeniedPage {
    let settings: PortalSettings

    /// Who is refused, as far as that could be found out.
    enum Visitor: Sendable {
        case person(UserName)
        case stranger
        /// The store gave no answer, or nobody looked.
        case unknown
    }

    /// Names the person, if that could be found out, and leads back to the page they came from, if that may be pointed to.
    ///
    /// `original` is the page that was denied: who signs in as someone else comes back to it. If it is not known, the browser names
    /// it to the portal, as the link asks it to.
    func page(_ visitor: Visitor, original: ReturnAddress?, cameFrom origin: ReturnAddress?) -> Page {
        Page("No access", isForeign: true) {
            "<h1>You have no access to this page</h1>"
            switch visitor {
            case .person(let name):
                tag("p", .class("soft")) {
                    "You are signed in as "
                    tag("strong") { HTML.name(name.text) }
                    ", and this account may not open it."
                }
            case .stranger: "<p class=\"soft\">You are not signed in, and strangers may not open it.</p>"
            case .unknown: "<p class=\"soft\">It is not open to everybody.</p>"
            }
            tag("p", .class("soft")) {
                "If you think you should have access, ask "
                settings.contactPhrase
                "."
            }
            if let origin {
                tag("a", .class("button"), .href(Link(origin))) { "Go back" }
            } else if let home = settings.home, home.origin != nil {
                tag("a", .class("button"), .href(Link(home))) { "Go to the start page" }
            } else {
                tag("a", .class("button"), .href(Link(.account, of: settings.address, isAbsolute: true))) {
                    "Go to your account"
                }
            }
            tag(
                "a", .class("button plain"), Attribute("referrerpolicy", "no-referrer-when-downgrade"),
                .href(
                    Link(
                        .signIn, of: settings.address, isAbsolute: true, returningTo: original.map { Destination($0) },
                        switchesUser: true))
            ) {
                if case .stranger = visitor { "Sign in" } else { "Sign in as someone else" }
            }
        }
    }

    /// For a host that no application has: it is not about who somebody is, and leads nowhere, since whoever scans addresses need
    /// not learn which ones are set up.
    var unknownHost: Page {
        Page("Unknown address", isForeign: true) {
            "<h1>This address is not set up</h1>"
            """
            <p class="soft">Nothing is known here about the address that your browser asked for, so nobody can open it, whoever \
            they are. It may have been mistyped.</p>
            """
            tag("p", .class("soft")) {
                "If it should work, tell "
                settings.contactPhrase
                "."
            }
        }
    }
}
