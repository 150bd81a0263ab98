internal import GatehouseCore

/// Puts variables over the tables of a file.
struct OverrideMerger {
    let log: ProblemLog

    /// A table as far as its lists of tables are concerned.
    private enum Level {
        case root, application, other

        private static let counted: Set<UTF8Text> = ["backend", "provider", "expect"]

        func list(_ key: UTF8Text) -> List? {
            switch self {
            case .root: key == "application" ? .applications : Level.counted.contains(key) ? .counted : nil
            case .application: key == "rule" ? .counted : nil
            case .other: nil
            }
        }
    }

    private enum List {
        /// Found by their names.
        case applications
        /// Found by their numbers.
        case counted
    }

    /// The keys that are references to secrets: `X_FILE` stands for `file:` and the variable's text.
    private static let secrets: Set<UTF8Text> = [
        "lookup", "seal", "password", "pepper", "bind_password", "secret", "client_secret",
    ]

    /// Whether a variable's name is that of a list of tables, which it cannot set.
    static func isList(_ parts: [UTF8Text]) -> Bool { parts.count == 1 && Level.root.list(parts[0]) != nil }

    func merged(_ tree: VariableTree, into root: TOMLValue) -> TOMLValue { table(tree, into: root, .root) }

    private func table(_ tree: VariableTree, into value: TOMLValue?, _ level: Level) -> TOMLValue {
        let variable = tree.first?.name ?? ""
        let table = value ?? TOMLValue(content: .table([]), place: .environment(variable))
        guard case .table(var entries) = table.content else {
            log.add(.environment(variable), "", "names a key below something that is \(table.kind) in the file")
            return table
        }
        for (key, child) in tree.sorted {
            if let list = level.list(key) {
                entries.set(key, elements(child, into: entries.value(for: key), list, key))
            } else if let variable = child.variable {
                if let other = child.firstBelow {
                    log.add(.environment(other.name), "", "contradicts \(variable.name), which is the whole table")
                }
                set(variable, key, tree, &entries)
            } else {
                entries.set(key, self.table(child, into: entries.value(for: key), .other))
            }
        }
        return TOMLValue(content: .table(entries), place: table.place)
    }

    /// Sets a key, or the secret whose file is named.
    private func set(
        _ variable: VariableTree.Variable, _ key: UTF8Text, _ tree: VariableTree, _ entries: inout [TOMLValue.Entry]
    ) {
        let place = Place.environment(variable.name)
        let secret = UTF8Text(wellFormed: Array(key.bytes.dropLast(5)))
        guard key.bytes.suffix(5).elementsEqual("_file".utf8), OverrideMerger.secrets.contains(secret) else {
            entries.set(key, TOMLValue(content: .override(variable.text), place: place))
            return
        }
        if let other = tree.children[secret]?.variable {
            log.add(place, "", "contradicts \(other.name): set one of them")
        }
        guard !variable.text.isEmpty else {
            log.add(place, secret.string, "must be the path of a file, is empty")
            return
        }
        entries.set(secret, TOMLValue(content: .override("file:" + variable.text), place: place))
    }

    /// The tables of a list, each with what the variables say of it.
    private func elements(_ tree: VariableTree, into value: TOMLValue?, _ list: List, _ key: UTF8Text) -> TOMLValue {
        let start = tree.first.map { OverrideMerger.start(of: $0.name, through: key) } ?? ""
        let form = OverrideMerger.forms[key] ?? ""
        let place = Place.environment(tree.first?.name ?? "")
        if let variable = tree.variable {
            log.add(.environment(variable.name), "", "is a list: a variable for a key looks like \(start)__\(form)")
        }
        let old = value ?? TOMLValue(content: .array([]), place: place)
        guard case .array(var tables) = old.content else { return old }
        for (label, child) in OverrideMerger.ordered(tree, list) {
            if let variable = child.variable {
                log.add(.environment(variable.name), "", "no such key; a variable for one looks like \(start)__\(form)")
            }
            guard let below = child.firstBelow else { continue }
            let place = Place.environment(below.name)
            let index: Int?
            switch list {
            case .applications: index = application(label, among: tables, place)
            case .counted: index = number(label, count: tables.count, place, start)
            }
            guard let index else { continue }
            let level = list == .applications ? Level.application : .other
            if index < tables.count {
                tables[index] = table(child, into: tables[index], level)
            } else {
                var entries: [TOMLValue.Entry] = []
                if list == .applications {
                    let name = OverrideMerger.folded(label).string
                    entries.set("name", TOMLValue(content: .override(name), place: place))
                }
                tables.append(table(child, into: TOMLValue(content: .table(entries), place: place), level))
            }
        }
        return TOMLValue(content: .array(tables), place: old.place)
    }

    /// How the name of a variable goes on behind that of a list.
    private static let forms: [UTF8Text: String] = [
        "application": "REPORTS__HOSTS", "rule": "1__PATHS", "backend": "1__TYPE", "provider": "1__TYPE",
        "expect": "1__URL",
    ]

    /// By number, or by name.
    private static func ordered(_ tree: VariableTree, _ list: List) -> [(key: UTF8Text, tree: VariableTree)] {
        guard list == .counted else { return tree.sorted }
        func number(_ label: UTF8Text) -> Int { ASCII.decimal(label.bytes.span, limit: maxCount) ?? .max }
        return tree.sorted.sorted { (number($0.key), $0.key) < (number($1.key), $1.key) }
    }

    private static let maxCount = 999

    /// Which table of a list a number stands for, or will; `nil` after reporting that it is none.
    private func number(_ label: UTF8Text, count: Int, _ place: Place, _ start: String) -> Int? {
        guard let number = ASCII.decimal(label.bytes.span, limit: OverrideMerger.maxCount), number > 0,
            label.bytes.first != UInt8(ascii: "0")
        else {
            log.add(
                place, "",
                "must have a number from 1 to \(OverrideMerger.maxCount) after \(start)__, has "
                    + Shown.text(Overrides.part(label.string)))
            return nil
        }
        guard number <= count + 1 else {
            log.add(
                place, "", "leaves a gap: there is no number \(count + 1) yet, and they are counted from 1, each one")
            return nil
        }
        return number - 1
    }

    /// Which application a label stands for, or will: the one whose name is the same but for letter case and `_` for `-`.
    private func application(_ label: UTF8Text, among tables: [TOMLValue], _ place: Place) -> Int? {
        let meant = OverrideMerger.folded(label)
        let found = tables.indices.filter { index in
            switch tables[index].value(for: "name")?.content {
            case .string(let name), .override(let name): OverrideMerger.folded(UTF8Text(name)) == meant
            default: false
            }
        }
        guard found.count <= 1 else {
            log.add(
                place, "",
                "may be one of \(found.count) applications, whose names differ only in letter case, - and _: change them in "
                    + "the file")
            return nil
        }
        return found.first ?? tables.count
    }

    private static func folded(_ name: UTF8Text) -> UTF8Text {
        UTF8Text(wellFormed: name.bytes.map { $0 == 0x5F ? UInt8(ascii: "-") : ASCII.lowercased($0) })
    }

    /// A variable's name up to and with the part that is a key: `GATEHOUSE_APPLICATION__REPORTS__RULE`.
    private static func start(of name: String, through key: UTF8Text) -> String {
        let start = key == "rule" ? "__" : Overrides.prefix
        let bytes = Array(Overrides.part(name).utf8)
        guard let range = bytes.firstRange(of: Array("\(start)\(Overrides.part(key.string))__".utf8)) else {
            return name
        }
        return String(decoding: bytes[..<(range.upperBound - 2)], as: UTF8.self)
    }
}

extension [TOMLValue.Entry] {
    fileprivate func value(for key: UTF8Text) -> TOMLValue? { first { $0.key == key }?.value }

    /// Puts a value in place of the key's own, or at the end.
    fileprivate mutating func set(_ key: UTF8Text, _ value: TOMLValue) {
        let entry = TOMLValue.Entry(key: key, value: value)
        if let index = firstIndex(where: { $0.key == key }) { self[index] = entry } else { append(entry) }
    }
}
