package import GatehouseCore

/// How the first administrator is made in a browser: what the portal needs for it and cannot know.
package struct FirstAdministrator: Sendable {
    let link: SetupLink
    let isNeeded: @Sendable () async throws(BackendError) -> Bool
    let make: @Sendable (UTF8Text, Password) async throws(BackendError) -> Outcome

    /// What became of the wish.
    package enum Outcome: Sendable {
        case made(Identity)
        /// The name or the password will not do; the reason is for the person.
        case refused(reason: String)
    }

    /// - Parameters:
    ///   - link: whose holder may make the administrator.
    ///   - isNeeded: whether there is none yet; asked each time.
    ///   - make: makes an active superuser who can sign in.
    package init(
        link: SetupLink, isNeeded: @escaping @Sendable () async throws(BackendError) -> Bool,
        make: @escaping @Sendable (UTF8Text, Password) async throws(BackendError) -> Outcome
    ) {
        self.link = link
        self.isNeeded = isNeeded
        self.make = make
    }
}
