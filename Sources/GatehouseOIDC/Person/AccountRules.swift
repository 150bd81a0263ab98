package import GatehouseCore

/// What somebody who comes from a provider is here.
package struct AccountRules: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// A person of the provider, in a name space of its own.
        case none
        /// Only who was linked before.
        case link
        /// An account is made at the first sign-in.
        case create
    }

    package let mode: Mode
    /// Whether a verified address may link an account once (`link_by_email`), for addresses of `ownsDomains` alone.
    package let linksByEmail: Bool
    /// Domains in lower case whose addresses the provider gives out itself.
    package let ownsDomains: Set<UTF8Text>
    /// What groups there mean here.
    package let groups: GroupMapping
    /// Whether the mapping may make superusers.
    package let mayMakeSuperusers: Bool

    package init(
        mode: Mode = .none, linksByEmail: Bool = false, ownsDomains: Set<UTF8Text> = [], groups: GroupMapping,
        mayMakeSuperusers: Bool = false
    ) {
        self.mode = mode
        self.linksByEmail = linksByEmail
        self.ownsDomains = ownsDomains
        self.groups = groups
        self.mayMakeSuperusers = mayMakeSuperusers
    }
}
