package import GatehouseCore

/// Who somebody is, for good: only these two together are stable (OpenID Connect Core 1.0, section 5.7).
package struct ExternalSubject: Hashable, Sendable {
    package let issuer: UTF8Text
    /// 1 to 255 octets of printable ASCII, compared octet by octet.
    package let subject: UTF8Text

    package init(issuer: UTF8Text, subject: UTF8Text) {
        self.issuer = issuer
        self.subject = subject
    }
}

/// What a provider says of a person, checked and mapped; nothing of it is believed beyond what it says.
package struct ExternalPerson: Equatable, Sendable {
    package let subject: ExternalSubject
    /// By the mapping or the template, as it came.
    ///
    /// Whoever takes it applies the rules of names; `nil` if there is none.
    package let name: UTF8Text?
    /// With the domain in lower case; `nil` if there is none that could be one.
    package let email: UTF8Text?
    /// Only a JSON `true`, or what the kind's facts make of it.
    package let isEmailVerified: Bool
    package let displayName: UTF8Text
    /// As they are called there: they mean nothing here until `AccountRules.groups` says so.
    package let groups: [GroupName]
    /// Whether the claim with the groups was there at all.
    package let hasGroupsClaim: Bool

    package init(
        subject: ExternalSubject, name: UTF8Text?, email: UTF8Text?, isEmailVerified: Bool, displayName: UTF8Text,
        groups: [GroupName], hasGroupsClaim: Bool
    ) {
        self.subject = subject
        self.name = name
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.displayName = displayName
        self.groups = groups
        self.hasGroupsClaim = hasGroupsClaim
    }
}
