internal import GatehouseCore

/// Environment variables that stand in for keys of the file: `GATEHOUSE_SESSIONS__STORE` for `sessions.store`.
///
/// Two underscores stand for the dot. An application is named, in capitals and with `_` for `-`:
/// `GATEHOUSE_APPLICATION__REPORTS__HOSTS`; its rules, backends, providers and expectations are counted from 1, since their order counts:
/// `GATEHOUSE_BACKEND__1__TYPE`. `OverrideMerger` puts them over the file's tables.
enum Overrides {
    static let prefix = "GATEHOUSE_"

    /// Variables that are no keys: each has its reader.
    enum Own {
        /// The file; `Configuration.find` reads it.
        static let config = "GATEHOUSE_CONFIG"
        /// `EnvironmentDefaults` reads these.
        static let data = "GATEHOUSE_DATA"
        static let listen = "GATEHOUSE_LISTEN"
        /// `FirstAdministratorVariables` reads these.
        static let adminName = "GATEHOUSE_ADMIN_NAME"
        static let adminPasswordFile = "GATEHOUSE_ADMIN_PASSWORD_FILE"

        static let all = [config, data, listen, adminName, adminPasswordFile]
    }

    /// Whether a variable is not meant for the configuration's keys.
    private static func isForeign(_ name: String) -> Bool {
        if Own.all.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { return true }
        let rest = Array(name.utf8.dropFirst(prefix.utf8.count))
        return rest.starts(with: "TEST_".utf8) || isOfKubernetes(rest)
    }

    /// Whether Kubernetes puts such a variable into every container beside a service whose name begins with `gatehouse`:
    /// `GATEHOUSE_SERVICE_HOST`, `GATEHOUSE_REDIS_PORT_6379_TCP_ADDR` and the like.
    private static func isOfKubernetes(_ rest: [UInt8]) -> Bool {
        let isNested = zip(rest, rest.dropFirst()).contains { $0 == 0x5F && $1 == 0x5F }
        guard !isNested else { return false }
        let words = rest.split(separator: 0x5F, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        for (index, word) in words.enumerated() {
            let next = words[(index + 1)...]
            if word == "SERVICE", next.elementsEqual(["HOST"]) || next.first == "PORT" { return true }
            guard word == "PORT" else { continue }
            guard let port = next.first else { return true }
            if port.utf8.allSatisfy(ASCII.isDigit), ["TCP", "UDP", "SCTP"].contains(next.dropFirst().first ?? "") {
                return true
            }
        }
        return false
    }

    /// A part of a variable's name that stands for a key or for the name of an application.
    static func part(_ key: String) -> String {
        let octets = key.utf8.map { ASCII.isLower($0) ? $0 & 0xDF : $0 == UInt8(ascii: "-") ? 0x5F : $0 }
        return String(decoding: octets, as: UTF8.self)
    }

    /// What stands for one table of a list in the names of variables: the name of an application, or a number.
    static func label(of table: TOMLValue, number: Int, isNamed: Bool) -> String {
        guard isNamed else { return "\(number)" }
        switch table.value(for: "name")?.content {
        case .string(let name), .override(let name): return part(name)
        default: return "NAME"
        }
    }

    /// The root table with every override in place of the file's value.
    static func applied(_ environment: [String: String], to root: TOMLValue, log: ProblemLog) -> TOMLValue {
        var tree = VariableTree()
        for (name, text) in environment.sorted(by: { UTF8Text($0.key) < UTF8Text($1.key) })
        where name.utf8.starts(with: prefix.utf8) && !isForeign(name) {
            let parts = parts(of: name)
            let isTable = text.utf8.first { $0 != 0x20 } == UInt8(ascii: "{")
            guard parts.count <= VariableTree.maxDepth, !parts.contains(where: \.isEmpty),
                parts.count > 1 || isTable || OverrideMerger.isList(parts)
            else {
                log.add(.environment(name), "", "no such key; \(advice(about: name))")
                continue
            }
            if let other = tree.insert(VariableTree.Variable(name: name, text: text), at: parts[...]) {
                log.add(.environment(name), "", "stands for the same key as \(other.name)")
            }
        }
        return OverrideMerger(log: log).merged(tree, into: root)
    }

    private static func advice(about name: String) -> String {
        if name.utf8.elementsEqual("GATEHOUSE_ADMIN_PASSWORD".utf8) {
            return "a password does not belong into the environment: write it into a file, and name that in "
                + Own.adminPasswordFile
        }
        let nearest = Spelling.nearest(to: name, among: Own.all).map { "; did you mean \($0)?" } ?? ""
        return "a variable for a key looks like GATEHOUSE_SESSIONS__IDLE\(nearest)"
    }

    /// The parts between double underscores, in lower case.
    private static func parts(of name: String) -> [UTF8Text] {
        let name = name.utf8.dropFirst(prefix.utf8.count).map { ASCII.lowercased($0) }
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
        return parts.map { UTF8Text(wellFormed: $0) }
    }
}
