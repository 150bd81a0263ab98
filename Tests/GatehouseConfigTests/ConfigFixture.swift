internal import Foundation
internal import GatehouseConfig
internal import Testing

/// A folder with keys, in which configurations are written and loaded.
final class ConfigFixture: Sendable {
    static let lookupKey = String(repeating: "4f", count: 32)
    static let sealKey = "1:" + String(repeating: "A", count: 43)

    let folder: String

    init() throws {
        let name = "gh-config-" + String(UInt64.random(in: .min ... .max), radix: 36)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(
            atPath: folder + "/keys", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try write(ConfigFixture.lookupKey + "\n", to: "keys/lookup")
        try write(ConfigFixture.sealKey + "\n", to: "keys/seal")
        try write("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", to: "ca.pem")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        try write(Data(text.utf8), to: name, mode: mode)
    }

    @discardableResult
    func write(_ data: Data, to name: String, mode: Int = 0o600) throws -> String {
        let path = "\(folder)/\(name)"
        try data.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    func load(_ text: String, environment: [String: String] = [:]) throws -> Configuration {
        try Configuration.load(path: write(text, to: "gatehouse.toml"), environment: environment)
    }

    /// The problems of a text, each as `line: key: message`; none if it loads.
    func problems(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        do {
            _ = try load(text, environment: environment)
            return []
        } catch let problems as ConfigProblems {
            return problems.problems.map { problem in
                let source = problem.source == "\(folder)/gatehouse.toml" ? "" : problem.source
                return "\(source)\(problem.line.map(String.init) ?? ""): \(problem.key): \(problem.message)"
            }
        }
    }

    /// The least that loads, with lines put into its tables, and text after it.
    static func minimal(_ tables: [String: String] = [:], _ rest: String = "") -> String {
        let required = [
            ("portal", "url = \"https://auth.example.com\""),
            ("keys", "lookup = \"file:keys/lookup\"\nseal = \"file:keys/seal\""),
            ("sessions", "store = \"redis://127.0.0.1:6379/0\""),
            ("cookie", "domain = \"example.com\""),
        ]
        var text = ""
        for (name, lines) in required { text += "[\(name)]\n\(merged(lines, tables[name]))\n" }
        for (name, lines) in tables.sorted(by: { $0.key < $1.key }) where !required.contains(where: { $0.0 == name }) {
            text += "[\(name)]\n\(lines)\n"
        }
        return text + rest
    }

    /// The lines of a table; given ones replace required ones of the same key.
    private static func merged(_ required: String, _ given: String?) -> String {
        guard let given else { return required }
        func key(_ line: Substring) -> String { line.split(separator: "=")[0].trimmingCharacters(in: .whitespaces) }
        let replaced = Set(given.split(separator: "\n").map(key))
        return (required.split(separator: "\n").filter { !replaced.contains(key($0)) }.map(String.init) + [given])
            .joined(separator: "\n")
    }

    static let application = """
        [[application]]
        name = "reports"
        hosts = ["reports.example.com"]

        """
}
