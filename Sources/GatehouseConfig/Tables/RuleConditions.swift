internal import GatehouseCore

/// `allow` of a rule: a list of conditions of which one has to be met, and of lists of such that have to be met together.
enum RuleConditions {
    /// The conditions; `nil` if they would say something else than the file means.
    static func read(
        _ table: TableReader, captures: Set<UTF8Text>?, _ permissions: PermissionsTable
    ) -> [Condition]? {
        guard let alternatives = table.alternatives("allow") else { return nil }
        if alternatives.isEmpty {
            table.log.add(
                table.value("allow")?.place ?? table.place, table.key("allow"),
                "lets nobody pass; write deny = true if that is meant")
            return nil
        }
        var conditions: [Condition] = []
        for texts in alternatives {
            let parts = texts.compactMap { condition($0, captures: captures, permissions, table.log) }
            guard parts.count == texts.count else { continue }
            if parts.count > 1, let index = parts.firstIndex(of: .anyone) {
                table.log.add(
                    texts[index], "\"anyone\" asks for nothing beside other conditions: take it out of the inner list")
            }
            conditions.append(parts.count == 1 ? parts[0] : .all(parts))
        }
        return conditions.count == alternatives.count ? conditions : nil
    }

    private static func condition(
        _ text: Found<String>, captures: Set<UTF8Text>?, _ permissions: PermissionsTable, _ log: ProblemLog
    ) -> Condition? {
        guard let condition = Condition(text.value) else {
            let words = ["anyone", "signed-in", "staff", "superuser"]
            let nearest = Spelling.nearest(to: text.value, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
            log.add(
                text,
                "must be \"anyone\", \"signed-in\", \"user:NAME\", \"group:NAME\", \"permission:APP.CODENAME\", "
                    + "\"permission:APP.CODENAME(KIND:{CAPTURE})\", \"staff\" or \"superuser\", "
                    + "is \(text.seen)\(nearest)")
            return nil
        }
        guard !hasOuterBlanks(condition, text, log) else { return nil }
        if let name = NameMention.Name(condition) { log.mention(name, text) }
        judge(condition, text, captures: captures, permissions, log)
        return condition
    }

    /// Reports blanks around the name of a condition, as in `group: finance`.
    private static func hasOuterBlanks(_ condition: Condition, _ text: Found<String>, _ log: ProblemLog) -> Bool {
        switch condition {
        case .user(let name): log.refuseBlanks(name.description, in: text)
        case .group(let name): log.refuseBlanks(name.description, in: text)
        case .permission(let name): log.refuseBlanks(name.description, in: text)
        case .objectPermission(let name, let object):
            log.refuseBlanks(name.description, in: text) || log.refuseBlanks("\(object)", in: text)
        case .anyone, .signedIn, .staff, .superuser, .all: false
        }
    }

    /// Complains about a capture that the paths do not have, and about a permission that nobody declared.
    private static func judge(
        _ condition: Condition, _ text: Found<String>, captures: Set<UTF8Text>?, _ permissions: PermissionsTable,
        _ log: ProblemLog
    ) {
        switch condition {
        case .objectPermission(let permission, let object):
            if case .capture(let name) = object.id, let captures, !captures.contains(name) {
                let known = captures.sorted().map { "{\($0)}" }.joined(separator: ", ")
                log.add(
                    text,
                    "needs {\(name)} in every path of the rule, like \"/reports/{\(name)}/**\""
                        + (known.isEmpty ? "" : "; there: \(known)"))
            }
            suspect(permission, text, permissions, log)
        case .permission(let permission): suspect(permission, text, permissions, log)
        default: break
        }
    }

    private static func suspect(
        _ permission: PermissionName, _ text: Found<String>, _ permissions: PermissionsTable, _ log: ProblemLog
    ) {
        guard let suggestion = permissions.suspicion(about: permission) else { return }
        log.warn(text.place, text.key, "\(Shown.text(permission.description)) is not in [permissions]\(suggestion)")
    }
}
