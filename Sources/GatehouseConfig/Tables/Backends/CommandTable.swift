internal import GatehouseCore

/// The keys of a `[[backend]]` with `type = "command"`: a program that is asked.
package struct CommandTable: Sendable {
    /// Absolute: it is not searched for.
    package let path: String
    package let arguments: [String]
    /// Variables of Gatehouse's own environment that the program gets.
    package let environment: [String]
    /// Whether what it says about staff and superusers counts.
    package let mayMakeSuperusers: Bool

    /// `nil` after a problem with one of the keys.
    init?(_ table: TableReader) {
        let path = CommandTable.path(table)
        let arguments = CommandTable.arguments(table)
        let environment = CommandTable.environment(table)
        mayMakeSuperusers = table.boolean("may_make_superusers")?.value ?? false
        guard let path, let arguments, let environment else { return nil }
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    private static func path(_ table: TableReader) -> String? {
        guard let path = table.string("path") else {
            if table.value("path") == nil {
                table.require("path", "the program, like \"/usr/local/lib/gatehouse/people\"")
            }
            return nil
        }
        guard path.value.utf8.first == UInt8(ascii: "/") else {
            table.log.add(path, "must be the absolute path of a program (no shell looks at it), is \(path.seen)")
            return nil
        }
        return path.value
    }

    private static func arguments(_ table: TableReader) -> [String]? {
        guard let found = table.strings("arguments") else { return table.value("arguments") == nil ? [] : nil }
        guard found.count <= 64, found.allSatisfy({ $0.value.utf8.count <= 4_096 }) else {
            table.log.add(
                found.first?.place ?? table.place, table.key("arguments"),
                "must be at most 64 texts of at most 4096 octets")
            return nil
        }
        return found.map(\.value)
    }

    private static func environment(_ table: TableReader) -> [String]? {
        guard let found = table.strings("environment") else { return table.value("environment") == nil ? [] : nil }
        var names: [String] = []
        for text in found {
            let name = Array(text.value.utf8)
            let isName = name.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x5F }
            guard isName, let first = name.first, !ASCII.isDigit(first), name.count <= 64 else {
                table.log.add(text, "must name a variable, is \(text.seen)")
                return nil
            }
            // Ours hold secrets, and the loader's decide which code runs.
            guard !name.starts(with: "GATEHOUSE_".utf8), !name.starts(with: "LD_".utf8) else {
                table.log.add(text, "must not be handed on: \(text.seen)")
                return nil
            }
            names.append(text.value)
        }
        return names
    }
}
