internal import GatehouseCore

/// What the portal writes to people.
///
/// Every address in it comes from the configuration.
struct PersonalMails: Sendable {
    let settings: PortalSettings
    /// Where mails go; `nil` if there are none.
    let mail: PortalMail?

    /// A link for a new password.
    ///
    /// - Returns: whether the mail was taken.
    func tellLink(_ link: String, _ account: PasswordAccount) -> Bool {
        let minutes = max(1, settings.resetLifetime.components.seconds / 60)
        let lifetime = minutes < 120 ? "\(minutes) minutes" : "\(minutes / 60) hours"
        return post(
            to: account.email, "Choose a new password",
            """
            Hello \(account.name),

            somebody, probably you, asked for a new password at \(settings.title).
            Open this link within \(lifetime) to choose one. It works once:

            \(link)

            If it was not you, there is nothing to do: your password stays as it is.
            """, life: settings.resetLifetime)
    }

    /// That a password was changed, so that nobody does it in silence.
    func tellOfChange(_ account: PasswordAccount) {
        _ = post(
            to: account.email, "Your password was changed",
            """
            Hello \(account.name),

            your password at \(settings.title) has just been changed, and you were signed out everywhere else.

            If it was not you, tell \(settings.contact?.text ?? "the people who look after the site") and choose a new password now:

            \(Link(.reset, of: settings.address, isAbsolute: true).text)
            """)
    }

    /// A sign-in from a browser that was not used before.
    func tellOfNewDevice(_ identity: Identity, _ request: PortalRequest) {
        guard mail?.tellsOfNewDevices == true else { return }
        _ = post(
            to: identity.email, "A new device was used to sign in",
            """
            Hello \(identity.name),

            you have just signed in to \(settings.title) from a browser that was not used for it before:

            \(AgentName(request.agent).text), address \(AuditLog.address(request.client))

            If it was not you, end that session and change your password now:

            \(Link(.account, of: settings.address, isAbsolute: true).text)
            """)
    }

    /// That an account elsewhere was linked or unlinked: another way in, or one less.
    func tellOfIdentity(_ change: IdentityMails.Change, _ name: UserName, at address: UTF8Text, _ provider: UTF8Text) {
        let (subject, sentence) =
            switch change {
            case .linked:
                (
                    "An account elsewhere was linked",
                    "somebody at \(provider.string), probably you, can sign in to your account at \(settings.title) from now on."
                )
            case .unlinked:
                (
                    "An account elsewhere was unlinked",
                    "your account at \(settings.title) cannot be used by \(provider.string) any more."
                )
            }
        _ = post(
            to: address, subject,
            """
            Hello \(name),

            \(sentence)

            If it was not you, tell \(settings.contact?.text ?? "the people who look after the site") and look at your account:

            \(Link(.account, of: settings.address, isAbsolute: true).text)
            """)
    }

    private func post(to address: UTF8Text, _ subject: String, _ text: String, life: Duration? = nil) -> Bool {
        guard let mail, !address.isEmpty else { return false }
        return mail.post(address, subject, text + "\n", life)
    }
}
