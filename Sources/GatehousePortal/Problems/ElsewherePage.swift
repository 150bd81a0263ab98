internal import GatehouseCore

/// For a form that was sent from the portal's own host under another scheme or port.
struct ElsewherePage {
    let settings: PortalSettings

    func page(_ origin: Origin) -> Page {
        Page("Wrong address") {
            "<h1>This page has another address</h1>"
            tag("p", .class("soft")) {
                "Your browser opened it at "
                tag("strong") { HTML.text(origin.description) }
                ", but it belongs to "
                tag("strong") { HTML.text(settings.address.origin.description) }
                ", so nothing was done."
            }
            tag("a", .class("button"), .href(Link(.signIn, of: settings.address, isAbsolute: true))) {
                "Open the right address"
            }
            tag("p", .class("note")) {
                "If that is wrong, whoever looks after this site should check "
                tag("code") { "portal.url" }
                "."
            }
        }
    }
}
