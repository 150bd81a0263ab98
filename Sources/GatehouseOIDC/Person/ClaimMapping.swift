package import GatehouseCore

/// Where a provider says what about people: each a member of the claims, or a path of members from the outside in.
package struct ClaimMapping: Sendable {
    package typealias Path = [UTF8Text]

    /// Who somebody is for good; only a provider without OpenID may call it other than `sub`.
    package let subject: Path
    package let name: Path
    package let email: Path
    package let emailVerified: Path
    package let displayName: Path
    package let groups: Path
    /// What separates groups in one string; `nil`: a string is one group.
    package let groupsSeparator: UTF8Text?
    /// How the name here is made of claims, like `{preferred_username}@{provider}`; `nil` for the claim itself.
    package let nameTemplate: NameTemplate?

    package init(
        subject: Path = ["sub"], name: Path = ["preferred_username"], email: Path = ["email"],
        emailVerified: Path = ["email_verified"],
        displayName: Path = ["name"], groups: Path = ["groups"], groupsSeparator: UTF8Text? = nil,
        nameTemplate: NameTemplate? = nil
    ) {
        self.subject = subject
        self.name = name
        self.email = email
        self.emailVerified = emailVerified
        self.displayName = displayName
        self.groups = groups
        self.groupsSeparator = groupsSeparator
        self.nameTemplate = nameTemplate
    }
}
