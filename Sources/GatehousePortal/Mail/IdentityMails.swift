package import GatehouseCore

/// Mails about other ways in to somebody's account, for whoever changes those.
package struct IdentityMails: Sendable {
    package enum Change: Sendable {
        case linked, unlinked
    }

    private let mails: PersonalMails

    /// `mail` is `nil` if there are none.
    package init(settings: PortalSettings, mail: PortalMail?) {
        mails = PersonalMails(settings: settings, mail: mail)
    }

    /// Tells the person; nothing is sent without an address.
    package func tell(_ change: Change, _ name: UserName, at address: UTF8Text, provider: UTF8Text) {
        mails.tellOfIdentity(change, name, at: address, provider)
    }
}
