private import CTOML
internal import GatehouseCore
internal import GatehouseCrypto

/// Reads `[users.alice]` tables.
struct PeopleTOML {
    private let names: UserNameRules
    private let refusal: (String) -> HashRefusal?

    /// `refusal` tells why a stored hash can match nothing, if it cannot.
    init(names: UserNameRules, refusal: @escaping (String) -> HashRefusal?) {
        self.names = names
        self.refusal = refusal
    }

    func people(_ text: [UInt8]) throws(FileProblem) -> FilePeople {
        let nodes = try Nodes(text)
        var people = FilePeople()
        let root = try nodes.next()
        for _ in 0..<root.children {
            let users = try nodes.next()
            guard users.key == "users", case .table = users.kind else {
                throw .broken(
                    line: users.line, "\(LogText.quoted(users.key.bytes)) is unknown; people stand in [users.NAME]")
            }
            for _ in 0..<users.children { try add(nodes.next(), nodes, to: &people) }
        }
        return people
    }

    private func add(_ table: Node, _ nodes: Nodes, to people: inout FilePeople) throws(FileProblem) {
        guard case .table = table.kind else {
            throw .broken(line: table.line, "\(LogText.quoted(table.key.bytes)) must be a table like [users.NAME]")
        }
        guard table.key.bytes.count <= FilePeople.maxTextLength, let name = names.typed(table.key) else {
            throw .broken(line: table.line, "\(LogText.quoted(table.key.bytes)) is no name that anybody could type")
        }
        var person = FilePerson(name: name)
        for _ in 0..<table.children {
            let entry = try nodes.next()
            switch entry.key {
            case "password":
                let encoded = try text(entry, limit: EncodedLimit.password).string
                if encoded.utf8.first != UInt8(ascii: "!"), let refusal = refusal(encoded) {
                    people.remark("line \(entry.line): nobody can sign in with this password hash: \(refusal)")
                }
                person.password = encoded
            case "display_name": person.displayName = try text(entry)
            case "email": person.email = try text(entry)
            case "groups": person.groups = try groups(entry, nodes)
            case "active": person.isActive = try flag(entry)
            case "staff": person.isStaff = try flag(entry)
            case "superuser": person.isSuperuser = try flag(entry)
            default:
                throw .broken(
                    line: entry.line,
                    "\(LogText.quoted(entry.key.bytes)) is unknown; known here: password, display_name, email, groups, "
                        + "active, staff, superuser")
            }
        }
        try people.add(person, line: table.line)
    }

    private enum EncodedLimit {
        /// The longest stored hash that is looked at.
        static let password = 512
    }

    private func text(_ entry: Node, limit: Int = FilePeople.maxTextLength) throws(FileProblem) -> UTF8Text {
        guard case .string(let text) = entry.kind, text.bytes.count <= limit,
            !text.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            let key = LogText.quoted(entry.key.bytes)
            throw .broken(line: entry.line, "\(key) must be text of at most \(limit) octets on one line")
        }
        return text
    }

    private func flag(_ entry: Node) throws(FileProblem) -> Bool {
        guard case .boolean(let flag) = entry.kind else {
            throw .broken(line: entry.line, "\(LogText.quoted(entry.key.bytes)) must be true or false")
        }
        return flag
    }

    private func groups(_ entry: Node, _ nodes: Nodes) throws(FileProblem) -> [GroupName] {
        guard case .array = entry.kind else { throw .broken(line: entry.line, "groups must be a list of texts") }
        var groups: [GroupName] = []
        for _ in 0..<entry.children {
            let group = try text(nodes.next())
            guard !group.isEmpty else { throw .broken(line: entry.line, "the name of a group is empty") }
            groups.append(GroupName(group))
        }
        return groups
    }

    /// A node of the document, without its children.
    private struct Node {
        enum Kind {
            case table, array, other
            case string(UTF8Text)
            case boolean(Bool)
        }

        let key: UTF8Text
        let kind: Kind
        let children: Int
        let line: Int
    }

    /// The parsed file, node by node; owns the parser's tree.
    @safe private final class Nodes {
        private let document: OpaquePointer
        private var index = 0

        init(_ text: [UInt8]) throws(FileProblem) {
            var failure = ctoml_error()
            let document = unsafe text.withUnsafeBufferPointer {
                unsafe ctoml_parse($0.baseAddress, $0.count, &failure)
            }
            guard let document = unsafe document else {
                // The parser's own words quote the file, which holds hashes: only the place is told.
                throw unsafe .broken(line: Int(failure.line), "is no TOML from column \(Int(failure.column)) on")
            }
            unsafe self.document = document
        }

        deinit { unsafe ctoml_free(document) }

        func next() throws(FileProblem) -> Node {
            var node = unsafe ctoml_node()
            guard unsafe ctoml_get(document, index, &node) else { throw .broken(line: nil, "ends too early") }
            index += 1
            let kind: Node.Kind =
                switch unsafe node.kind {
                case CTOML_TABLE: .table
                case CTOML_ARRAY: .array
                case CTOML_STRING: unsafe .string(UTF8Text(wellFormed: Nodes.octets(node.string)))
                case CTOML_BOOLEAN: unsafe .boolean(node.boolean)
                default: .other
                }
            return unsafe Node(
                key: UTF8Text(wellFormed: Nodes.octets(node.key)), kind: kind, children: Int(node.children),
                line: Int(node.line))
        }

        private static func octets(_ text: ctoml_text) -> [UInt8] {
            unsafe Array(UnsafeBufferPointer(start: text.bytes, count: text.count))
        }
    }
}
