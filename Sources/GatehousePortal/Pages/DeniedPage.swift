internal import GatehouseCore

/// What someone sees who is signed in but may not open a page; shown under the application's own host.
struct DeniedPage {
    let settings: PortalSettings

    /// Names the person, if that could be found out, and leads back to the page they came from, if that may be pointed to.
    ///
    /// `original` is the page that was denied: who signs in as someone else comes back to it. If it is not known, the browser names
    /// it to the portal, as the link asks it to.
    func page(name: UserName?, original: ReturnAddress?, cameFrom origin: ReturnAddress?) -> Page {
        Page("No access", isForeign: true) {
            "<h1>You have no access to this page</h1>"
            if let name {
                tag("p", .class("soft")) {
                    "You are signed in as "
                    tag("strong") { HTML.name(name.text) }
                    ", and this account may not open it."
                }
            } else {
                "<p class=\"soft\">The account you are using may not open it.</p>"
            }
            "<p class=\"soft\">If you think you should have access, ask the people who look after this site.</p>"
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
                "Sign in as someone else"
            }
        }
    }
}

/// The denied page as one piece, for proxies that relay the answer of a check.
package enum PreRendered {
    /// HTML with its style inside; the same for everyone.
    package static func deniedHTML(_ settings: PortalSettings) -> [UInt8] {
        DeniedPage(settings: settings).page(name: nil, original: nil, cameFrom: nil).renderedAlone(settings)
    }

    /// The same in JSON, for programs.
    package static let deniedJSON = Array(
        """
        {"error":"denied","message":"You are not allowed to access this resource."}

        """.utf8)
}
