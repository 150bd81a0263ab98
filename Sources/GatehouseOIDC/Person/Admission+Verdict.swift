package import GatehouseCore
internal import GatehouseFormats

extension Admission {
    /// Whether a person may come in: within one list any entry, between lists all of them.
    ///
    /// With `hostedDomain` (Google's `hd`) domains are compared to what the claims say there, and not to the address: a private
    /// account may have an address of any domain. `groupsClaim` is what a page calls the claim with the groups.
    package func verdict(
        on person: ExternalPerson, claims: PersonClaims, hostedDomain: ClaimMapping.Path? = nil, groupsClaim: UTF8Text
    ) -> AdmissionVerdict {
        let lists = [
            subjects.isEmpty ? nil : verdict("subjects", subjects.contains(person.subject.subject)),
            domains.isEmpty ? nil : domainVerdict(person, claims, hostedDomain),
            emails.isEmpty ? nil : emailVerdict(person),
            groups.isEmpty ? nil : groupVerdict(person, groupsClaim),
        ]
        let verdicts = lists.compactMap { $0 } + self.claims.map { claimVerdict(claims, $0.path, $0.values) }
        guard !verdicts.isEmpty else { return isForEveryone ? .admitted : .refused(list: "allow") }
        return verdicts.first { $0 != .admitted } ?? .admitted
    }

    private func verdict(_ list: UTF8Text, _ isOnIt: Bool) -> AdmissionVerdict {
        isOnIt ? .admitted : .refused(list: list)
    }

    private func domainVerdict(
        _ person: ExternalPerson, _ claims: PersonClaims, _ hostedDomain: ClaimMapping.Path?
    ) -> AdmissionVerdict {
        if let hostedDomain {
            guard let domain = claims[hostedDomain]?.text else {
                return .missing(claim: Admission.shown(hostedDomain))
            }
            return verdict("domains", domains.contains(UTF8Text(wellFormed: domain.bytes.map(ASCII.lowercased))))
        }
        guard let email = person.email.flatMap({ ExternalEmail($0) }) else { return .missing(claim: "email") }
        guard person.isEmailVerified else { return .missing(claim: "email_verified") }
        return verdict("domains", domains.contains(email.domain))
    }

    private func emailVerdict(_ person: ExternalPerson) -> AdmissionVerdict {
        guard let email = person.email else { return .missing(claim: "email") }
        guard person.isEmailVerified else { return .missing(claim: "email_verified") }
        return verdict("emails", emails.contains(email))
    }

    private func groupVerdict(_ person: ExternalPerson, _ claim: UTF8Text) -> AdmissionVerdict {
        guard person.hasGroupsClaim else { return .missing(claim: claim) }
        return verdict("groups", person.groups.contains(where: groups.contains))
    }

    /// A text, or a list with a text, that is one of the values; `true` and `false` are texts, too.
    private func claimVerdict(
        _ claims: PersonClaims, _ path: ClaimMapping.Path, _ values: Set<UTF8Text>
    ) -> AdmissionVerdict {
        let name = Admission.shown(path)
        switch claims[path] {
        case nil: return .missing(claim: name)
        case .string(let text): return verdict(name, values.contains(text))
        case .flag(let flag): return verdict(name, values.contains(flag ? "true" : "false"))
        case .array(let list): return verdict(name, list.compactMap(\.text).contains(where: values.contains))
        default: return .refused(list: name)
        }
    }

    /// A path in words.
    package static func shown(_ path: ClaimMapping.Path) -> UTF8Text {
        UTF8Text(wellFormed: Array(path.map(\.bytes).joined(separator: Array(" → ".utf8))))
    }
}
