package import GatehouseCore
internal import GatehouseLogging
package import GatehousePeople
package import GatehousePortal
package import GatehouseSessions
package import Logging

extension People {
    /// Who people of providers are here, with what follows upon each change: a line, and a mail to whoever has the account.
    ///
    /// - Parameters:
    ///   - backends: all of them, those of providers among them.
    ///   - keeper: the sessions.
    ///   - takesPasswords: whether anybody signs in with a password.
    ///   - mails: where people are told.
    ///   - logger: takes the lines.
    /// - Returns: `nil` where the tables are a site's own.
    package func external(
        _ backends: BackendChain, _ keeper: SessionKeeper, takesPasswords: Bool, mails: IdentityMails, logger: Logger
    ) -> ExternalPeople? {
        external(backends, keeper, takesPasswords: takesPasswords) { notice in
            func tell(_ change: IdentityMails.Change) {
                mails.tell(change, notice.name, at: notice.email, provider: notice.provider)
            }
            switch notice.change {
            // Whoever signs in for the first time knows it.
            case .made: logger.log(notice.event, "an account was made for somebody at a provider")
            case .linked:
                logger.log(notice.event, "an account was linked to somebody at a provider")
                tell(.linked)
            case .unlinked:
                logger.log(notice.event, "an account's link to a provider was taken away")
                tell(.unlinked)
            }
        }
    }
}
