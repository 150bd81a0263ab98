internal import GatehouseCore

extension PortalSettings {
    /// Whom people can turn to, for the middle of a sentence.
    var contactPhrase: HTML {
        guard let contact else { return "the people who look after this site" }
        return tag("a", .href(Link(contact))) { HTML.text(contact.text) }
    }

    /// The sentence behind a message about something that may go by by itself.
    @HTMLBuilder var askIfItStays: HTML {
        " If it stays like this, tell "
        contactPhrase
        "."
    }
}
