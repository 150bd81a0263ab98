internal import GatehouseCore

/// Environment variables that stand in for keys of the file: `GATEHOUSE_SESSIONS__STORE` for `sessions.store`.
enum Overrides {
    private static let prefix = "GATEHOUSE_"

    /// Whether a variable is not meant for the configuration's keys.
    ///
    /// Kubernetes puts `GATEHOUSE_PORT`, `GATEHOUSE_SERVICE_HOST` and the like into every container beside a service of that
    /// name.
    private static func isForeign(_ name: Substring.UTF8View) -> Bool {
        if name.elementsEqual("CONFIG".utf8) || name.starts(with: "TEST_".utf8) { return true }
        let isNested = zip(name, name.dropFirst()).contains { $0 == 0x5F && $1 == 0x5F }
        guard !isNested else { return false }
        return name.elementsEqual("PORT".utf8) || name.starts(with: "PORT_".utf8)
            || name.elementsEqual("SERVICE_HOST".utf8) || name.starts(with: "SERVICE_PORT".utf8)
    }

    /// The variable that overrides a key.
    static func variable(for key: String) -> String {
        prefix
            + key.utf8.map { octet in
                octet == UInt8(ascii: ".") ? "__" : String(UnicodeScalar(ASCII.isLower(octet) ? octet & 0xDF : octet))
            }.joined()
    }

    /// The root table with every override in place of the file's value.
    static func applied(_ environment: [String: String], to root: TOMLValue, log: ProblemLog) -> TOMLValue {
        guard case .table(var entries) = root.content else { return root }
        for (name, text) in environment.sorted(by: { UTF8Text($0.key) < UTF8Text($1.key) })
        where name.utf8.starts(with: prefix.utf8) {
            let rest = name[...].utf8.dropFirst(prefix.utf8.count)
            guard !isForeign(rest) else { continue }
            let place = Place.environment(name)
            let parts = split(rest.map { ASCII.lowercased($0) })
            let value = TOMLValue(content: .override(text), place: place)
            guard let first = parts.first, parts.count == 2, let last = parts.last else {
                log.add(place, "", "no such key; a variable for a key looks like GATEHOUSE_SESSIONS__IDLE")
                continue
            }
            let table = UTF8Text(wellFormed: first)
            let index = entries.firstIndex { $0.key == table }
            let old = index.map { entries[$0].value } ?? TOMLValue(content: .table([]), place: place)
            guard case .table(var keys) = old.content else {
                log.add(place, table.string, "cannot be set from the environment")
                continue
            }
            let key = UTF8Text(wellFormed: last)
            keys.removeAll { $0.key == key }
            keys.append(TOMLValue.Entry(key: key, value: value))
            let entry = TOMLValue.Entry(key: table, value: TOMLValue(content: .table(keys), place: old.place))
            if let index { entries[index] = entry } else { entries.append(entry) }
        }
        return TOMLValue(content: .table(entries), place: root.place)
    }

    /// The parts between double underscores.
    private static func split(_ name: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var index = 0
        while index < name.count {
            if name[index] == 0x5F, index + 1 < name.count, name[index + 1] == 0x5F {
                parts.append([])
                index += 2
            } else {
                parts[parts.count - 1].append(name[index])
                index += 1
            }
        }
        return parts
    }
}
