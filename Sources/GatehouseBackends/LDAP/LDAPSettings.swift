package import GatehouseCore

// Wide: each property is a choice of its own that directories differ in; those that belong together are types below.
/// Which directory is asked about people, and how.
package struct LDAPSettings: Sendable {
    /// `ldaps://`, `ldap://` or `ldapi://`: the first that answers is taken.
    package var urls: [String]
    package var startsTLS = false
    package var caFile: String?
    /// For each question, with everything that it takes.
    package var timeout = Duration.seconds(5)
    /// Who searches; an anonymous visitor without a name.
    package var bindDN = ""
    package var bindPassword: [UInt8] = []
    /// The name that people bind with, with `{name}` in it: that of an entry, or what Active Directory takes in its place, like
    /// `{name}@example.com`; `nil` to search for it.
    package var userDN: String?
    package var base: String
    /// With `{name}` in it.
    package var filter = "(&(objectClass=person)(uid={name}))"
    package var attributes = Attributes()
    package var groups: Groups = .memberOf
    /// Whether what the directory says about accounts counts: disabled, expired, locked, in need of a new password.
    package var readsAccountState = true
    /// Where people choose a new password when the directory wants one.
    package var passwordPage: Contact?

    /// Whether somebody may search without anybody's password.
    var canLookAgain: Bool { userDN == nil || !bindDN.isEmpty }

    /// The attributes of a person.
    package struct Attributes: Sendable {
        /// What never changes: `entryUUID`, Active Directory's `objectGUID`, or `dn`.
        package var id = "entryUUID"
        package var name = "uid"
        package var displayName = "cn"
        package var email = "mail"

        package init() {}
    }

    /// Where groups stand.
    package enum Groups: Sendable {
        /// In the person's entry, as the names of entries; the first part of each is the group's name.
        case memberOf
        /// Below an entry of their own; the filter has `{dn}` or `{name}` in it.
        case below(base: String, filter: String, name: String, isNested: Bool)
    }

    package init(urls: [String], base: String) {
        self.urls = urls
        self.base = base
    }

    /// The filter for groups that most directories need.
    package static let standardGroupFilter = "(|(member={dn})(uniqueMember={dn})(memberUid={name}))"
}
