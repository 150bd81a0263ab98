internal import GatehouseCore
internal import GatehouseOIDC

/// What holds for sessions that began at a provider.
enum ProviderSessionKeys {
    private enum Logout: String, CaseIterable {
        /// The page offers it.
        case offer
        case provider
    }

    private enum Reauthentication: String, CaseIterable {
        /// Only what the provider says of when it asked the person.
        case prove
        case trust
    }

    static func rules(_ table: TableReader, _ facts: ProviderFacts, isAutomatic: Bool) -> ProviderSessionRules {
        let reauthentication = table.choice("reauthentication", Reauthentication.self) ?? .prove
        // Otherwise whoever signs out is signed in again at once.
        let logout = table.choice("logout", Logout.self) ?? (isAutomatic ? .provider : .offer)
        let recheck = table.duration("recheck", in: .seconds(60)...(.seconds(86_400)))
        let grace = table.duration("recheck_grace", in: .zero...(.seconds(30 * 86_400)))
        if let grace, recheck == nil { table.log.warn(grace.place, grace.key, "has no effect without recheck") }
        return ProviderSessionRules(
            trustsReauthentication: reauthentication == .trust, signsOutAtProvider: logout == .provider,
            recheck: recheck?.value, recheckGrace: grace?.value ?? ProviderSessionRules().recheckGrace,
            isAutomatic: isAutomatic)
    }
}
