internal import GatehouseCore

/// `[[application.rule]]`: a matcher and who may pass.
enum RuleTable {
    /// The rule; `nil` if it would say something else than the file means.
    static func read(_ table: TableReader, _ permissions: PermissionsTable) -> Rule? {
        let paths = paths(table)
        let methods = methods(table)
        let verdict = verdict(table, captures: paths.map(captures), permissions)
        let signedInWithin = table.duration("signed_in_within", in: .seconds(1)...(.seconds(365 * 86_400)))
        if let value = table.value("factor") {
            table.log.add(value.place, table.key("factor"), "is not supported yet")
        }
        if let signedInWithin {
            switch verdict {
            case .deny:
                table.log.add(signedInWithin.place, signedInWithin.key, "has no meaning in a rule that denies")
            case .allow(let conditions) where conditions.contains(.anyone):
                table.log.add(signedInWithin.place, signedInWithin.key, "contradicts \"anyone\" in the same rule")
            case .allow, nil: break
            }
            if signedInWithin.value < .seconds(10) {
                table.log.warn(
                    signedInWithin.place, signedInWithin.key,
                    "is shorter than signing in and coming back may take: people would be asked again and again")
            }
        }
        table.finish()
        guard let paths, let methods, let verdict else { return nil }
        return Rule(paths: paths, methods: methods, verdict: verdict, signedInWithin: signedInWithin?.value)
    }

    /// The captures that every path pattern of a rule has, whichever of them matches.
    private static func captures(_ paths: [PathPattern]) -> Set<UTF8Text> {
        guard let first = paths.first else { return [] }
        return paths.dropFirst().reduce(Set(first.captureNames)) { $0.intersection($1.captureNames) }
    }

    private static func paths(_ table: TableReader) -> [PathPattern]? {
        guard let texts = list("paths", table, whenEmpty: "must name a path; leave it out for every path") else {
            return table.value("paths") == nil ? [] : nil
        }
        var paths: [PathPattern] = []
        for text in texts {
            do { paths.append(try PathPattern(text.value)) } catch {
                table.log.add(text, "\(error.reason), is \(text.seen)")
            }
        }
        return paths.count == texts.count ? paths : nil
    }

    private static func methods(_ table: TableReader) -> Set<Method>? {
        guard let texts = list("methods", table, whenEmpty: "must name a method; leave it out for every method") else {
            return table.value("methods") == nil ? [] : nil
        }
        var methods: Set<Method> = []
        var isSound = true
        for text in texts {
            if let method = Method(text.value) {
                methods.insert(method)
                continue
            }
            isSound = false
            let upper = String(decoding: text.value.utf8.map { ASCII.isLower($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
            let names = Method.known.map(\.description).sorted()
            let nearest = Spelling.nearest(to: upper, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            table.log.add(text, "must be a known method in capitals, is \(text.seen)\(nearest)")
        }
        return isSound ? methods : nil
    }

    private static func verdict(
        _ table: TableReader, captures: Set<UTF8Text>?, _ permissions: PermissionsTable
    ) -> Rule.Verdict? {
        let deny = table.boolean("deny")
        let conditions = conditions(table, captures: captures, permissions)
        let hasAllow = table.value("allow") != nil
        if deny?.value == true {
            guard hasAllow else { return .deny }
            table.log.add(
                deny?.place ?? table.place, table.key("deny"), "contradicts allow in the same rule: write one of them")
            return nil
        }
        if !hasAllow, deny != nil || table.value("deny") == nil {
            table.log.add(
                table.place, table.path, "needs allow = [\"signed-in\"] or the like, or deny = true")
        }
        return conditions.map(Rule.Verdict.allow)
    }

    private static func conditions(
        _ table: TableReader, captures: Set<UTF8Text>?, _ permissions: PermissionsTable
    ) -> [Condition]? {
        guard let texts = list("allow", table, whenEmpty: "lets nobody pass; write deny = true if that is meant") else {
            return nil
        }
        var conditions: [Condition] = []
        for text in texts {
            guard let condition = Condition(text.value) else {
                let words = ["anyone", "signed-in", "staff", "superuser"]
                let nearest = Spelling.nearest(to: text.value, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
                table.log.add(
                    text,
                    "must be \"anyone\", \"signed-in\", \"user:NAME\", \"group:NAME\", \"permission:APP.CODENAME\", "
                        + "\"permission:APP.CODENAME(KIND:{CAPTURE})\", \"staff\" or \"superuser\", "
                        + "is \(text.seen)\(nearest)")
                continue
            }
            guard !hasOuterBlanks(condition, text, table.log) else { continue }
            conditions.append(condition)
            if let name = NameMention.Name(condition) { table.log.mention(name, text) }
            judge(condition, text, captures: captures, permissions, table.log)
        }
        return conditions.count == texts.count ? conditions : nil
    }

    /// Reports blanks around the name of a condition, as in `group: finance`.
    private static func hasOuterBlanks(_ condition: Condition, _ text: Found<String>, _ log: ProblemLog) -> Bool {
        switch condition {
        case .user(let name): log.refuseBlanks(name.description, in: text)
        case .group(let name): log.refuseBlanks(name.description, in: text)
        case .permission(let name): log.refuseBlanks(name.description, in: text)
        case .objectPermission(let name, let object):
            log.refuseBlanks(name.description, in: text) || log.refuseBlanks("\(object)", in: text)
        case .anyone, .signedIn, .staff, .superuser: false
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

    /// A list that must not be empty where it is written.
    private static func list(_ name: String, _ table: TableReader, whenEmpty message: String) -> [Found<String>]? {
        guard let texts = table.strings(name) else { return nil }
        guard texts.isEmpty else { return texts }
        table.log.add(table.value(name)?.place ?? table.place, table.key(name), message)
        return nil
    }
}
