package import GatehouseCore
internal import GatehouseFormats

extension ClaimMapping {
    /// The most groups that are taken, and octets of each.
    package static let maxGroups = 1_000
    package static let maxGroupLength = 255
    private static let maxDisplayNameLength = 1_024

    /// Whether something that is wanted of a person is not among the claims, so that userinfo may know it.
    package func lacks(_ claims: PersonClaims, for admission: Admission) -> Bool {
        let wanted = namePaths + [email, displayName, groups] + admission.claims.map(\.path)
        // Who has no address has nothing to verify.
        return wanted.contains { claims[$0] == nil } || claims[emailVerified] == nil
    }

    /// What a provider's claims say of a person.
    ///
    /// What cannot be shown is left out, and a name that cannot be is none; nothing is mended. `provider` is its name here, for the
    /// template; `takesTextAsVerified` says whether `email_verified` may be the text "true", as Apple writes it.
    package func person(
        of claims: PersonClaims, provider: UTF8Text, takesTextAsVerified: Bool = false
    ) -> ExternalPerson {
        let address = claims[email]?.text.flatMap { ExternalEmail($0) }
        let verified = claims[emailVerified]
        let isVerified = verified == .flag(true) || (takesTextAsVerified && verified == .string("true"))
        return ExternalPerson(
            subject: claims.subject, name: name(of: claims, provider, isVerified: address != nil && isVerified),
            email: address?.text,
            isEmailVerified: address != nil && isVerified, displayName: displayName(of: claims),
            groups: groupNames(of: claims), hasGroupsClaim: claims[groups] != nil)
    }

    /// The claims that a name is made of.
    private var namePaths: [Path] {
        nameTemplate?.claims.map { [$0] } ?? [name]
    }

    /// An address as a name counts only if it is verified: anybody can write somebody else's.
    private func name(of claims: PersonClaims, _ provider: UTF8Text, isVerified: Bool) -> UTF8Text? {
        guard isVerified || !namePaths.contains(email) else { return nil }
        let made: UTF8Text?
        if let nameTemplate {
            made = nameTemplate.name(from: claims, provider: provider)
        } else {
            made = claims[name]?.text
        }
        guard let made, !made.isEmpty, ShownText.isShowable(made) else { return nil }
        return made
    }

    /// The claim, else given and family name.
    private func displayName(of claims: PersonClaims) -> UTF8Text {
        let whole = claims[displayName]?.text ?? ""
        let parts = [claims[["given_name"]], claims[["family_name"]]].compactMap { $0?.text }.filter { !$0.isEmpty }
        let text = whole.isEmpty ? UTF8Text(wellFormed: Array(parts.map(\.bytes).joined(separator: [0x20]))) : whole
        return text.bytes.count <= ClaimMapping.maxDisplayNameLength && ShownText.isShowable(text) ? text : ""
    }

    /// A list of texts, one text, or an object whose members are groups; what else stands in it is passed over.
    private func groupNames(of claims: PersonClaims) -> [GroupName] {
        let names: [UTF8Text]
        switch claims[groups] {
        case .array(let values): names = values.compactMap(\.text)
        case .object(let members): names = members.map(\.name)
        case .string(let text): names = split(text)
        default: names = []
        }
        var seen: Set<UTF8Text> = []
        let usable = names.filter {
            !$0.isEmpty && $0.bytes.count <= ClaimMapping.maxGroupLength && ShownText.isShowable($0)
                && seen.insert($0).inserted
        }
        return usable.prefix(ClaimMapping.maxGroups).map { GroupName($0) }
    }

    private func split(_ text: UTF8Text) -> [UTF8Text] {
        guard let separator = groupsSeparator, !separator.isEmpty else { return [text] }
        return text.bytes.split(separator: separator.bytes).map { UTF8Text(wellFormed: Array($0)) }
    }
}
