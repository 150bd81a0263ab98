internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats

extension Reference {
    /// A JSON schema of the file (draft 7, which taplo and the TOML extension of VS Code understand).
    ///
    /// It says nothing of what is required: variables of the environment may stand in for keys.
    package var schema: String {
        let root = node(below: nil).with([
            ("$schema", .string("http://json-schema.org/draft-07/schema#")), ("title", .string("gatehouse.toml")),
            ("description", .string("The configuration of Gatehouse. Made by tools/configuration-reference.")),
        ])
        return root.text() + "\n"
    }

    /// The schema of a table with the tables below it.
    private func node(below path: String?) -> SchemaNode {
        var properties: [(String, SchemaNode)] = []
        var variants: [(String, [String])] = []
        for section in sections where section.path == path {
            for key in section.keys where !properties.contains(where: { $0.0 == key.name }) {
                properties.append((key.name, Reference.node(key)))
            }
            if let backend = section.backend { variants.append((backend, section.keys.map(\.name))) }
        }
        if !variants.isEmpty {
            let types = variants.map(\.0)
            properties.insert(("type", .object([("enum", .array(types.map(SchemaNode.string)))])), at: 0)
        }
        for child in children(of: path) {
            let inner = node(below: child.path)
            let value = child.isList ? SchemaNode.object([("type", .string("array")), ("items", inner)]) : inner
            let name = child.path.split(separator: ".").last.map(String.init) ?? child.path
            properties.append((name, child.isList ? value : value.with(words(child))))
        }
        // Keys that are the operator's own.
        if let own = properties.first(where: { $0.0 == "\"…\"" })?.1 {
            return .object([("type", .string("object")), ("additionalProperties", own)])
        }
        var members: [(String, SchemaNode)] = [("type", .string("object")), ("additionalProperties", .flag(false))]
        members.append(("properties", .object(properties)))
        if !variants.isEmpty { members.append(("allOf", .array(variants.map(Reference.condition)))) }
        return .object(members)
    }

    /// The tables right below one, each once.
    private func children(of path: String?) -> [Section] {
        var children: [Section] = []
        for section in sections where section.path != path && !children.contains(where: { $0.path == section.path }) {
            let parent = section.path.split(separator: ".").dropLast().joined(separator: ".")
            if parent == path ?? "" { children.append(section) }
        }
        return children
    }

    private func words(_ section: Section) -> [(String, SchemaNode)] {
        section.words.isEmpty ? [] : [("description", .string(section.words.joined(separator: " ")))]
    }

    /// That a backend of one type has no keys but its own.
    private static func condition(_ type: String, _ keys: [String]) -> SchemaNode {
        let isThis = SchemaNode.object([
            ("properties", .object([("type", .object([("const", .string(type))]))])),
            ("required", .array([.string("type")])),
        ])
        let names = (["type", "name", "timeout", "groups"] + keys).reduce(into: [String]()) { names, name in
            if !names.contains(name) { names.append(name) }
        }
        return .object([
            ("if", isThis),
            ("then", .object([("propertyNames", .object([("enum", .array(names.map(SchemaNode.string)))]))])),
        ])
    }

    private static func node(_ key: Key) -> SchemaNode {
        var node = node(key.key.kind)
        if !key.members.isEmpty {
            let members = key.members.map { member in
                (String(member.path.dropFirst(key.key.path.count + 1)), Reference.node(member.kind))
            }
            node = .object([
                ("type", .string("object")), ("additionalProperties", .flag(false)), ("properties", .object(members)),
            ])
            if case .wordOrTable(let words) = key.key.kind { node = either([word(words), node]) }
        }
        var more: [(String, SchemaNode)] = [("description", .string(key.meaning))]
        if let standard = key.standard.flatMap(SchemaNode.init(toml:)) { more.append(("default", standard)) }
        return node.with(more)
    }

    private static func node(_ kind: ConfigurationKey.Kind) -> SchemaNode {
        func typed(_ type: String, _ more: [(String, SchemaNode)] = []) -> SchemaNode {
            .object([("type", .string(type))] + more)
        }
        switch kind {
        case .text, .secret: return typed("string")
        case .texts: return typed("array", [("items", typed("string"))])
        case .textOrTexts: return either([typed("string"), typed("array", [("items", typed("string"))])])
        case .textsOrLists:
            let texts = typed("array", [("items", typed("string"))])
            return typed("array", [("items", either([typed("string"), texts]))])
        case .flag: return typed("boolean")
        case .integer(let range):
            return typed(
                "integer", [("minimum", .number("\(range.lowerBound)")), ("maximum", .number("\(range.upperBound)"))])
        case .number(let range):
            return typed(
                "number", [("minimum", .number("\(range.lowerBound)")), ("maximum", .number("\(range.upperBound)"))])
        case .duration: return typed("string", [("pattern", .string("^[0-9]{1,12}(ms|s|m|h|d)$"))])
        case .size: return typed("string", [("pattern", .string("^[0-9]{1,12}(KiB|MiB|GiB)$"))])
        case .choice(let words): return .object([("enum", .array(words.map(SchemaNode.string)))])
        case .table: return typed("object")
        case .wordOrTable(let words): return either([word(words), typed("object")])
        case .tables: return typed("array", [("items", typed("object"))])
        case .preset(let words, let names):
            let table = SchemaNode.object([
                ("type", .string("object")), ("additionalProperties", .flag(false)),
                ("properties", .object(names.map { ($0, typed("string")) })),
            ])
            return either([word(words), table])
        }
    }

    private static func word(_ words: [String]) -> SchemaNode {
        .object([("enum", .array(words.map(SchemaNode.string)))])
    }

    private static func either(_ nodes: [SchemaNode]) -> SchemaNode { .object([("anyOf", .array(nodes))]) }
}

/// A JSON document with its members in order, written over several lines.
enum SchemaNode {
    case object([(String, SchemaNode)])
    case array([SchemaNode])
    case string(String)
    case number(String)
    case flag(Bool)

    /// A value that is written as TOML; `nil` for one that cannot be read.
    init?(toml: String) {
        guard let document = try? TOMLDocument(Array("value = \(toml)".utf8)),
            case .table(let entries) = document.root.content,
            let value = entries.first?.value
        else { return nil }
        self.init(value)
    }

    private init(_ node: TOMLNode) {
        self =
            switch node.content {
            case .table(let entries): .object(entries.map { ($0.key.string, SchemaNode($0.value)) })
            case .array(let values): .array(values.map { SchemaNode($0) })
            case .string(let text): .string(text.string)
            case .integer(let number): .number("\(number)")
            case .number(let number): .number("\(number)")
            case .boolean(let flag): .flag(flag)
            case .date: .string("")
            }
    }

    /// The object with more members in front of its own.
    func with(_ members: [(String, SchemaNode)]) -> SchemaNode {
        guard case .object(let own) = self else { return self }
        return .object(members + own)
    }

    func text(_ indent: String = "") -> String {
        let inner = indent + "  "
        func lines(_ items: [String], _ open: String, _ close: String) -> String {
            items.isEmpty
                ? open + close : "\(open)\n\(inner)\(items.joined(separator: ",\n\(inner)"))\n\(indent)\(close)"
        }
        switch self {
        case .object(let members):
            return lines(members.map { "\(JSON.string($0.0).text): \($0.1.text(inner))" }, "{", "}")
        case .array(let values): return "[\(values.map { $0.text(inner) }.joined(separator: ", "))]"
        case .string(let text): return String(decoding: JSON.string(text).octets, as: UTF8.self)
        case .number(let text): return text
        case .flag(let flag): return flag ? "true" : "false"
        }
    }
}
