internal import GatehouseCore

/// `[[application.rule]]`: a matcher and who may pass.
enum RuleTable {
    /// The rule; `nil` if it would say something else than the file means.
    static func read(_ table: TableReader) -> Rule? {
        let paths = paths(table)
        let methods = methods(table)
        let verdict = verdict(table)
        for key in ["factor", "signed_in_within"] {
            guard let value = table.value(key) else { continue }
            table.log.add(value.place, table.key(key), "is not supported yet")
        }
        table.finish()
        guard let paths, let methods, let verdict else { return nil }
        return Rule(paths: paths, methods: methods, verdict: verdict)
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
            let nearest = Suggestion.nearest(to: upper, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
            table.log.add(text, "must be a known method in capitals, is \(text.seen)\(nearest)")
        }
        return isSound ? methods : nil
    }

    private static func verdict(_ table: TableReader) -> Rule.Verdict? {
        let deny = table.boolean("deny")
        let conditions = conditions(table)
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

    private static func conditions(_ table: TableReader) -> [Condition]? {
        guard let texts = list("allow", table, whenEmpty: "lets nobody pass; write deny = true if that is meant") else {
            return nil
        }
        var conditions: [Condition] = []
        for text in texts {
            let bytes = Array(text.value.utf8)
            if bytes.starts(with: "permission:".utf8), bytes.contains(UInt8(ascii: "(")) {
                table.log.add(text, "permissions on objects are not supported yet, is \(text.seen)")
            } else if let condition = Condition(text.value) {
                conditions.append(condition)
            } else {
                let words = ["anyone", "signed-in", "staff", "superuser"]
                let nearest = Suggestion.nearest(to: text.value, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
                table.log.add(
                    text,
                    "must be \"anyone\", \"signed-in\", \"user:NAME\", \"group:NAME\", \"permission:APP.CODENAME\", "
                        + "\"staff\" or \"superuser\", is \(text.seen)\(nearest)")
            }
        }
        return conditions.count == texts.count ? conditions : nil
    }

    /// A list that must not be empty where it is written.
    private static func list(_ name: String, _ table: TableReader, whenEmpty message: String) -> [Found<String>]? {
        guard let texts = table.strings(name) else { return nil }
        guard texts.isEmpty else { return texts }
        table.log.add(table.value(name)?.place ?? table.place, table.key(name), message)
        return nil
    }
}
