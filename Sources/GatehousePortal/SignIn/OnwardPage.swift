internal import GatehouseCore

/// The page between a sign-in and the place that somebody wanted: it goes on by itself, or says why that is of no use.
struct OnwardPage {
    let settings: PortalSettings

    func page(to link: Link, _ place: ReturnAddress) -> Page {
        let authority = (place.origin ?? settings.address.origin).authority
        return Page("Signed in", onward: link) {
            "<h1>You are signed in</h1>"
            tag("p", .class("where")) {
                "You go on to "
                tag("strong") { HTML.text(authority.description) }
                "."
            }
            tag("a", .class("button"), Attribute("id", "onward"), .href(link)) { "Continue" }
        }
    }

    func lost(_ loss: CookieLoss, _ destination: Destination?) -> Page {
        Page("Not signed in") {
            "<h1>Your sign-in was lost</h1>"
            tag("p", .class("alert"), Attribute("role", "alert")) { OnwardPage.message(loss, settings) }
            tag(
                "a", .class("button"),
                .href(Link(.signIn, of: settings.address, isAbsolute: loss == .insecure, returningTo: destination))
            ) { "Try again" }
        }
    }

    /// What is wrong and what to do, for the person and for whoever they ask.
    @HTMLBuilder static func message(_ loss: CookieLoss, _ settings: PortalSettings) -> HTML {
        switch loss {
        case .blocked:
            """
            You signed in, but your browser sent no cookie back, and without cookies nobody can stay signed in. Allow \
            cookies for this site and try again.
            """
        case .refused:
            "You signed in, but your browser did not keep the sign-in's cookie. "
            if let domain = settings.cookies.domain {
                "Most likely it does not accept the cookie's domain. Whoever looks after this site should check "
                tag("code") { HTML.text("cookie.domain = \"\(domain)\"") }
                "."
            } else {
                "Allow cookies for this site and try again."
            }
        case .insecure:
            "You signed in, but the sign-in's cookie works over https only, and this page was opened over http. Open "
            tag("code") { HTML.text(settings.address.description) }
            " instead. If you did, whoever looks after this site should check "
            tag("code") { "portal.url" }
            "."
        case .unreachable(let origin):
            "You are signed in here, but your browser does not send the sign-in's cookie to "
            tag("strong") { HTML.text(origin.description) }
            ". Whoever looks after this site should check "
            tag("code") { HTML.text(settings.cookies.domain.map { "cookie.domain = \"\($0)\"" } ?? "cookie.domain") }
            " and the address of that page."
        }
    }
}

extension Reply {
    /// The end of a form that led somewhere: the page that goes on from there.
    ///
    /// Reached by a redirect, so that cookies are seen to come back and nothing is sent twice; at once for a place that is too
    /// long for the head of an answer.
    init(onwardTo destination: Destination?, _ settings: PortalSettings) {
        let link = Link(.onward, of: settings.address, returningTo: destination)
        if let destination, !link.isShort {
            self.init(200, OnwardPage(settings: settings).page(to: Link(destination.address), destination.address))
        } else {
            self.init(seeOther: link)
        }
    }
}
