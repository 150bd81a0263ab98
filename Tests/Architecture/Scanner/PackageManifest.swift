package import Foundation

/// The targets of `Package.swift` with what each says it needs.
///
/// Read from the text: the manifest calls one function for each target, with its name first and its dependencies next.
package struct PackageManifest: Sendable {
    /// By target: names of targets and of products.
    package private(set) var dependencies: [String: Set<String>] = [:]
    /// By target: where its sources lie.
    package private(set) var folders: [String: String] = [:]

    package init(root: URL) throws {
        self.init(text: try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8))
    }

    package init(text: String) {
        let text = text.replacing(/\/\/[^\n]*/, with: "")
        let product = /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/
        let products = Dictionary(uniqueKeysWithValues: text.matches(of: product).map { (String($0.1), String($0.2)) })
        let target = /(?:layer|hot|tests|\.target|\.executableTarget|\.systemLibrary)\(\s*(?:name:\s*)?"(\w+)"/
        for match in text.matches(of: target) {
            var dependencies: Set<String> = []
            let rest = Self.argument(text[match.range.upperBound...])
            for quoted in rest.matches(of: /(?:(\w+):\s*)?"([\w-]+)"/)
            where quoted.1 == nil || quoted.1 == "name" { dependencies.insert(String(quoted.2)) }
            for word in rest.matches(of: /\b[a-z]\w+\b/) {
                if let name = products[String(word.0)] { dependencies.insert(name) }
            }
            let name = String(match.1)
            self.dependencies[name] = dependencies
            let path = Self.call(text[match.range.upperBound...]).firstMatch(of: /path: "([^"]+)"/)
            folders[name] = path.map { String($0.1) } ?? "\(match.0.hasPrefix("tests") ? "Tests" : "Sources")/\(name)"
        }
    }

    /// What stands before the end of the call.
    private static func call(_ text: Substring) -> Substring { text[..<end(of: text) { $0 < 0 }] }

    /// What stands before the end of the first list in it.
    private static func argument(_ text: Substring) -> Substring {
        let call = call(text)
        return call[..<end(of: call) { $0 == 0 }]
    }

    private static func end(of text: Substring, isReached: (_ depth: Int) -> Bool) -> Substring.Index {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(", "[": depth += 1
            case ")", "]":
                depth -= 1
                if isReached(depth) { return index }
            default: break
            }
        }
        return text.endIndex
    }

    /// Imports that the manifest does not name, and names that nothing imports, each as a sentence.
    package func findings(_ tree: SourceTree) -> [String] {
        var findings: [String] = []
        let known = Set(dependencies.keys).union(dependencies.values.flatMap(\.self))
        for (target, declared) in dependencies.sorted(by: { $0.key < $1.key }) {
            let files = tree.files.filter { $0.path.hasPrefix("\(folders[target] ?? "")/") }
            guard !files.isEmpty else { continue }
            let imported = files.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
            for module in imported.intersection(known).subtracting(declared).sorted() where module != target {
                findings.append("\(target) imports \(module), which Package.swift does not name for it")
            }
            for module in declared.subtracting(imported).sorted() {
                findings.append("Package.swift names \(module) for \(target), which does not import it")
            }
        }
        return findings
    }
}
