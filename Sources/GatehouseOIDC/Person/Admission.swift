package import GatehouseCore

/// Who of a provider's people may come in: within one list any, between lists all.
package struct Admission: Sendable {
    /// Whole domains, in lower case; only verified addresses count, or a Workspace's `hd`.
    package let domains: Set<UTF8Text>
    /// Addresses with the domain in lower case.
    package let emails: Set<UTF8Text>
    package let groups: Set<GroupName>
    package let subjects: Set<UTF8Text>
    /// A claim, by its path, and the texts of which one has to be there.
    package let claims: [(path: ClaimMapping.Path, values: Set<UTF8Text>)]
    /// Said on purpose: everybody with an account there.
    package let isForEveryone: Bool

    package init(
        domains: Set<UTF8Text> = [], emails: Set<UTF8Text> = [], groups: Set<GroupName> = [],
        subjects: Set<UTF8Text> = [], claims: [(path: ClaimMapping.Path, values: Set<UTF8Text>)] = [],
        isForEveryone: Bool = false
    ) {
        self.domains = domains
        self.emails = emails
        self.groups = groups
        self.subjects = subjects
        self.claims = claims
        self.isForEveryone = isForEveryone
    }
}
