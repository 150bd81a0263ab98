internal import Foundation
internal import GatehouseTestSupport

/// YAML that was read strictly and compared with the schema of its kind: `read.py` does it.
enum StrictYAML {
    struct Refusal: Error, CustomStringConvertible { let description: String }

    /// Where the schemas lie, with the packages that read them: `TEST_SCHEMAS`.
    static var schemas: String? { ProcessInfo.processInfo.environment["TEST_SCHEMAS"] }

    static func compose<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: try read(["compose", path]))
    }

    /// Every document of the files, as Kubernetes 1.37 would take it.
    static func kubernetes(_ paths: [String]) throws -> [JSONNode] {
        try JSONDecoder().decode([JSONNode].self, from: try read(["kubernetes", "1.37.0"] + paths))
    }

    /// Every document of the files, by the schemas that a file of ours holds for kinds that are not Kubernetes' own.
    static func custom(_ paths: [String], schemas: String) throws -> [JSONNode] {
        try JSONDecoder().decode([JSONNode].self, from: try read(["custom", schemas] + paths))
    }

    private static func read(_ arguments: [String]) throws -> Data {
        let script = Repository.file("Tests/EndToEndTests/Deployment/read.py")
        let (status, output) = try Tools.run(
            "python3", [script] + arguments,
            environment: ["PYTHONPATH": schemas ?? "", "PYTHONDONTWRITEBYTECODE": "1"])
        guard status == 0 else { throw Refusal(description: output) }
        return Data(output.utf8)
    }
}

/// Any value of JSON, to be looked into by name.
enum JSONNode: Decodable, Equatable, Sendable {
    case object([String: JSONNode])
    case list([JSONNode])
    case text(String)
    case number(Double)
    case truth(Bool)
    case nothing

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .nothing
        } else if let value = try? container.decode(Bool.self) {
            self = .truth(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONNode].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONNode].self))
        }
    }

    /// What lies at a path of names, like `spec.template.spec`.
    subscript(path: String) -> JSONNode {
        path.split(separator: ".").reduce(self) { node, name in
            if case .object(let members) = node { members[String(name)] ?? .nothing } else { .nothing }
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var items: [JSONNode] { if case .list(let items) = self { items } else { [] } }
    var members: [String: JSONNode] { if case .object(let members) = self { members } else { [:] } }
}
