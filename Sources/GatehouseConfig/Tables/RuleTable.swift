internal import GatehouseCore

/// `[[application.rule]]`: a matcher and who may pass.
enum RuleTable {
    /// The rule; `nil` if it would say something else than the file means.
    static func read(_ table: TableReader, _ permissions: PermissionsTable, _ zones: ZoneReader) -> Rule? {
        let paths = paths(table)
        let methods = methods(table)
        let networks = networks(table)
        let verdict = verdict(table, captures: paths.map(captures), permissions)
        let signedInWithin = table.duration("signed_in_within", in: .seconds(1)...(.seconds(365 * 86_400)))
        let windows = windows(table, zones, denies: verdict == .deny)
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
        return Rule(
            paths: paths, methods: methods, networks: networks, verdict: verdict, signedInWithin: signedInWithin?.value,
            windows: windows)
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

    private static func networks(_ table: TableReader) -> NetworkSet {
        guard let networks = table.networks("networks", areTrusted: false) else { return .none }
        if networks.isEmpty, table.strings("networks")?.isEmpty == true {
            complain("networks", table, "must name a network; leave it out for clients everywhere")
        }
        return NetworkSet(networks)
    }

    private static func windows(_ table: TableReader, _ zones: ZoneReader, denies: Bool) -> [TimeWindow] {
        let message = "must name a time; leave it out for rules that hold at any time"
        guard let texts = list("between", table, whenEmpty: message) else { return [] }
        if denies { complain("between", table, "has no meaning in a rule that denies") }
        return texts.compactMap { text in
            do throws(TimeWindow.Invalid) {
                return try TimeWindow(text.value) { name throws(TimeWindow.Invalid) in try zones.rules(name) }
            } catch {
                table.log.add(text, "\(error.reason), is \(text.seen)")
                return nil
            }
        }
    }

    private static func verdict(
        _ table: TableReader, captures: Set<UTF8Text>?, _ permissions: PermissionsTable
    ) -> Rule.Verdict? {
        let deny = table.boolean("deny")
        let conditions = RuleConditions.read(table, captures: captures, permissions)
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

    /// A list that must not be empty where it is written.
    private static func list(_ name: String, _ table: TableReader, whenEmpty message: String) -> [Found<String>]? {
        guard let texts = table.strings(name) else { return nil }
        guard texts.isEmpty else { return texts }
        complain(name, table, message)
        return nil
    }

    private static func complain(_ name: String, _ table: TableReader, _ message: String) {
        table.log.add(table.value(name)?.place ?? table.place, table.key(name), message)
    }
}
