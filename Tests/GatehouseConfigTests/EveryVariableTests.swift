internal import Foundation
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
internal import Testing

@Suite("Every key as a variable")
struct EveryVariableTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    /// The variables that stand for a table of a file.
    private func variables(_ node: TOMLNode, _ name: String, into found: inout [String: String]) {
        func text(_ node: TOMLNode) -> String {
            switch node.content {
            case .string(let text): text.string
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .boolean(let value): "\(value)"
            case .array(let values): values.map(text).joined(separator: ",")
            case .table(let entries):
                "{" + entries.map { "\"\($0.key)\" = \(quoted($0.value))" }.joined(separator: ", ") + "}"
            case .date: ""
            }
        }
        func quoted(_ node: TOMLNode) -> String {
            switch node.content {
            case .string: "'\(text(node))'"
            case .array(let values): "[" + values.map(quoted).joined(separator: ", ") + "]"
            default: text(node)
            }
        }
        guard case .table(let entries) = node.content else { return }
        for entry in entries {
            let key = entry.key.string
            let part = name == "GATEHOUSE" ? "GATEHOUSE_\(key.uppercased())" : "\(name)__\(key.uppercased())"
            switch entry.value.content {
            case .array(let values) where ["application", "backend", "expect", "rule"].contains(key):
                for (index, value) in values.enumerated() {
                    var label = "\(index + 1)"
                    if key == "application", case .table(let entries) = value.content,
                        let name = entries.first(where: { $0.key == "name" })
                    {
                        label = text(name.value).uppercased()
                    }
                    variables(value, "\(part)__\(label)", into: &found)
                }
            // Keys of the operator's own choice cannot be parts of names.
            case .table where ["permissions", "groups"].contains(key): found[part] = text(entry.value)
            case .table: variables(entry.value, part, into: &found)
            default: found[part] = text(entry.value)
            }
        }
    }

    /// The example with every key that stands in a comment, however far that is set in; backends are one of each kind.
    private func example() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("config.example.toml"), encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            guard line.hasPrefix("# ") else { return line }
            let rest = line.dropFirst(2)
            let name = rest.prefix { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
            return !name.isEmpty && rest.dropFirst(name.count).hasPrefix(" = ") ? rest : line
        }.joined(separator: "\n")
    }

    @Test("can say whatever the example's keys say")
    func everyKey() throws {
        let text = try example()
        let file = try fixture.load(text)
        var environment: [String: String] = [:]
        variables(try TOMLDocument(Array(text.utf8)).root, "GATEHOUSE", into: &environment)
        #expect(environment.count > 70, "\(environment.count)")
        environment["GATEHOUSE_DATA"] = fixture.folder
        let shown = try Configuration.load(from: .environment, environment: environment)
        #expect(shown.portal == file.portal)
        #expect(shown.check == file.check)
        #expect(shown.admin == file.admin)
        #expect(shown.cookie == file.cookie)
        #expect("\(shown.database)" == "\(file.database)")
        #expect("\(shown.sessions)" == "\(file.sessions)")
        #expect(shown.identity == file.identity)
        #expect("\(shown.passwords)" == "\(file.passwords)")
        #expect(shown.throttle == file.throttle)
        #expect(shown.log == file.log)
        #expect(shown.expectations.map(\.url) == file.expectations.map(\.url))
        for (left, right) in zip(shown.applications, file.applications) {
            #expect(left.headers == right.headers)
            #expect("\(left.application)" == "\(right.application)")
        }
        #expect(shown.applications.count == file.applications.count)
    }
}
