internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseFormats

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
        let root: TOMLNode
        do { root = try TOMLDocument(text).root } catch {
            // The parser's own words quote the file, which holds hashes: only the place is told.
            throw .broken(line: error.place.line, "is no TOML from column \(error.place.column) on")
        }
        var people = FilePeople()
        guard case .table(let tables) = root.content else { return people }
        for users in tables {
            guard users.key == "users", case .table(let entries) = users.value.content else {
                throw .broken(line: users.line, "\(shown(users.key)) is unknown; people stand in [users.NAME]")
            }
            for entry in entries { try add(entry, to: &people) }
        }
        return people
    }

    private func add(_ table: TOMLNode.Entry, to people: inout FilePeople) throws(FileProblem) {
        guard case .table(let entries) = table.value.content else {
            throw .broken(line: table.line, "\(shown(table.key)) must be a table like [users.NAME]")
        }
        guard table.key.bytes.count <= FilePeople.maxTextLength, let name = names.typed(table.key) else {
            throw .broken(line: table.line, "\(shown(table.key)) is no name that anybody could type")
        }
        var person = FilePerson(name: name)
        for entry in entries {
            switch entry.key {
            case "password":
                let encoded = try text(entry, limit: EncodedLimit.password).string
                if encoded.utf8.first != UInt8(ascii: "!"), let refusal = refusal(encoded) {
                    people.remark("line \(entry.line): nobody can sign in with this password hash: \(refusal)")
                }
                person.password = encoded
            case "display_name": person.displayName = try text(entry)
            case "email": person.email = try text(entry)
            case "groups": person.groups = try groups(entry)
            case "active": person.isActive = try flag(entry)
            case "staff": person.isStaff = try flag(entry)
            case "superuser": person.isSuperuser = try flag(entry)
            default:
                throw .broken(
                    line: entry.line,
                    "\(shown(entry.key)) is unknown; known here: password, display_name, email, groups, "
                        + "active, staff, superuser")
            }
        }
        try people.add(person, line: table.line)
    }

    private enum EncodedLimit {
        /// The longest stored hash that is looked at.
        static let password = 512
    }

    /// A key as a message shows it.
    private func shown(_ key: UTF8Text) -> String { SafeText.quoted(key.string, limit: .octets(100)) }

    private func text(_ entry: TOMLNode.Entry, limit: Int = FilePeople.maxTextLength) throws(FileProblem) -> UTF8Text {
        guard case .string(let text) = entry.value.content, text.bytes.count <= limit,
            !text.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            let key = shown(entry.key)
            throw .broken(line: entry.line, "\(key) must be text of at most \(limit) octets on one line")
        }
        return text
    }

    private func flag(_ entry: TOMLNode.Entry) throws(FileProblem) -> Bool {
        guard case .boolean(let flag) = entry.value.content else {
            throw .broken(line: entry.line, "\(shown(entry.key)) must be true or false")
        }
        return flag
    }

    private func groups(_ entry: TOMLNode.Entry) throws(FileProblem) -> [GroupName] {
        guard case .array(let values) = entry.value.content else {
            throw .broken(line: entry.line, "groups must be a list of texts")
        }
        var groups: [GroupName] = []
        for value in values {
            let group = try text(TOMLNode.Entry(key: "", value: value))
            guard !group.isEmpty else { throw .broken(line: entry.line, "the name of a group is empty") }
            groups.append(GroupName(group))
        }
        return groups
    }
}

extension TOMLNode.Entry {
    fileprivate var line: Int { value.place.line }
}
