package import ArgumentParser

/// What an operator can ask for, besides running the daemon.
package enum Subcommands {
    /// In the order in which the help lists them.
    package static var all: [any ParsableCommand.Type] {
        [
            Init.self, Check.self, Explain.self, Migrate.self, User.self, GroupCommand.self, PermissionCommand.self,
            WhoCan.self, SessionCommand.self, ThrottleCommand.self, HashCommand.self, Breached.self,
            ProviderCommand.self, Render.self,
            Convert.self, AuditCommand.self, Health.self, VersionCommand.self,
        ]
    }
}
