internal import GatehouseCore
internal import GatehouseOIDC

/// What is allowed at a provider but lets nobody in.
enum ProviderAdvice {
    static func tell(
        _ table: TableReader, _ facts: ProviderFacts, title: String, claims: ClaimMapping, groups: GroupMapping,
        admission: Admission?
    ) {
        let verifies =
            !facts.oddities.contains(.addressesOfOthers) || claims.emailVerified != facts.claims.emailVerified
        if let admission, !admission.domains.isEmpty || !admission.emails.isEmpty, !verifies {
            table.log.warn(
                table.value("allow")?.place ?? table.place, table.key("allow"),
                "\(title) says of no address that it is verified, so domains and emails let nobody in: name tenants, groups or "
                    + "subjects, or say in \(table.key("claims")).email_verified which claim does")
        }
        let wantsGroups = admission?.groups.isEmpty == false || !groups.names.isEmpty
        if wantsGroups, facts.oddities.contains(.noGroups), claims.groups == facts.claims.groups {
            table.log.warn(
                table.value("groups")?.place ?? table.value("allow")?.place ?? table.place, table.key("groups"),
                "\(title) says of nobody which groups they are in")
        }
    }
}
