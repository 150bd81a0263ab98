package import GatehouseCore

/// How the first administrator is made in a browser: what the portal needs for it and cannot know.
package struct FirstAdministrator: Sendable {
    let link: SetupLink
    /// What the password must be like, a sentence each.
    let hints: [String]
    /// The configuration's file, for the steps that come next.
    let configurationPath: String
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
    ///   - hints: what the password must be like.
    ///   - configurationPath: the file to which hosts are added.
    ///   - isNeeded: whether there is none yet; asked each time.
    ///   - make: makes an active superuser who can sign in.
    package init(
        link: SetupLink, hints: [String] = [], configurationPath: String = "gatehouse.toml",
        isNeeded: @escaping @Sendable () async throws(BackendError) -> Bool,
        make: @escaping @Sendable (UTF8Text, Password) async throws(BackendError) -> Outcome
    ) {
        self.link = link
        self.hints = hints
        self.configurationPath = configurationPath
        self.isNeeded = isNeeded
        self.make = make
    }
}
