internal import GatehouseCore

extension BarredAccount {
    /// What somebody hears whose password is right.
    @HTMLBuilder func message(_ settings: PortalSettings) -> HTML {
        switch self {
        case .newPassword(let page):
            "Your password is right, but a new one is wanted before you can sign in. "
            if let page {
                "Choose it at "
                tag("a", .href(Link(page))) { HTML.text(page.text) }
                ", then sign in here with the new one."
            } else {
                "Choose it where you usually change it, then sign in here with the new one; if you do not know where, ask "
                settings.contactPhrase
                "."
            }
        case .disabled:
            "Your password is right, but your account is switched off. If you need it, ask "
            settings.contactPhrase
            "."
        case .expired:
            "Your password is right, but your account has expired. If you still need it, ask "
            settings.contactPhrase
            "."
        case .restricted:
            "Your password is right, but your account may not be used from here, or not at this time. If that is wrong, ask "
            settings.contactPhrase
            "."
        case .locked:
            "Your account is locked at the moment, often because of too many wrong passwords. Wait a while, or ask "
            settings.contactPhrase
            " to unlock it."
        case .nameTaken:
            "Your password is right, but somebody who signs in elsewhere has your name here, and no name is two people's. Ask "
            settings.contactPhrase
            "."
        }
    }
}
