package import GatehouseConfig

/// Every key of the configuration: what the code says of it and what `config.example.toml` says of it, put together.
package struct Reference: Sendable {
    package struct Section: Sendable {
        /// Like `application.rule`.
        package let path: String
        /// The `type` of the backends that it is about; `nil` elsewhere.
        package let backend: String?
        package let isList: Bool
        /// Paragraphs.
        package let words: [String]
        package var keys: [Key]
    }

    package struct Key: Sendable {
        package let key: ConfigurationKey
        package let name: String
        package let meaning: String
        /// As TOML; `nil` without a default.
        package let standard: String?
        /// As TOML, where there is no default to show.
        package let example: String?
        /// The keys of a table that is written on one line.
        package let members: [ConfigurationKey]
        /// The version that had it first; `nil` for one that no released version has.
        package let since: String?
    }

    package let sections: [Section]
    /// What is missing, a sentence each.
    package let complaints: [String]

    /// - Parameters:
    ///   - keys: what the code reads.
    ///   - example: the example that explains it.
    ///   - versions: for each key the version that had it first, by `name(of:)`.
    package init(keys: [ConfigurationKey], example: ExampleFile, versions: [String: String]) {
        let join = ReferenceJoin(keys, example, versions)
        (sections, complaints) = (join.sections, join.complaints)
    }

    /// What a key is called in the list of versions: `backend(ldap).urls`.
    package static func name(of key: ConfigurationKey) -> String {
        guard let backend = key.backend else { return key.path }
        return key.path.replacing("backend.", with: "backend(\(backend)).", maxReplacements: 1)
    }

    /// Reads the list of versions: lines of a version and the keys that came with it.
    package static func versions(_ text: String) -> [String: String] {
        var versions: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            guard let version = words.first else { continue }
            for key in words.dropFirst() { versions[key] = version }
        }
        return versions
    }
}

/// Goes through both, and says what one has and the other lacks.
private struct ReferenceJoin {
    private let keys: [ConfigurationKey]
    private let versions: [String: String]
    private(set) var sections: [Reference.Section] = []
    private(set) var complaints: [String] = []
    private var joined: Set<String> = []

    init(_ keys: [ConfigurationKey], _ example: ExampleFile, _ versions: [String: String]) {
        (self.keys, self.versions) = (keys, versions)
        for table in example.tables { take(table) }
        for key in keys where !joined.contains(Reference.name(of: key)) && !isHeading(key) { lend(key) }
        for key in versions.keys.sorted() where !keys.contains(where: { Reference.name(of: $0) == key }) {
            complaints.append("tools/configuration-reference.since: no code reads \(key) any more; take it out")
        }
    }

    /// Whether a table has a section of its own, so that no row names it.
    private func isHeading(_ key: ConfigurationKey) -> Bool {
        key.kind == .tables || key.kind == .table && sections.contains { $0.path == key.path }
    }

    private mutating func take(_ table: ExampleFile.Table) {
        let index = sections.firstIndex { $0.path == table.path && $0.backend == table.backend } ?? sections.count
        if index == sections.count {
            sections.append(
                Reference.Section(
                    path: table.path, backend: table.backend, isList: table.isList, words: table.words, keys: []))
        }
        for entry in table.keys where !sections[index].keys.contains(where: { $0.name == entry.name }) {
            // The heading says it.
            if table.backend != nil, entry.name == "type" {
                joined.insert("\(table.path).type")
                continue
            }
            guard let key = key(entry, in: table) else {
                complaints.append(
                    "config.example.toml:\(entry.line): no code reads \(table.path).\(entry.name) while the keys are listed; take "
                        + "it out, or let Configuration+Keys.swift read its table, by methods of TableReader that note the type"
                )
                continue
            }
            join(key, entry, table, into: index)
        }
    }

    /// The key that the code knows under a name of the example.
    private func key(_ entry: ExampleFile.Key, in table: ExampleFile.Table) -> ConfigurationKey? {
        let path = "\(table.path).\(entry.name)"
        return keys.first { $0.path == path && ($0.backend == nil || $0.backend == table.backend) }
            ?? keys.first { $0.path == "\(table.path).*" }
            ?? keys.first { $0.path == path }
    }

    private mutating func join(
        _ key: ConfigurationKey, _ entry: ExampleFile.Key, _ table: ExampleFile.Table, into index: Int
    ) {
        let isOwn = key.path.hasSuffix(".*")
        guard !isOwn || joined.insert(Reference.name(of: key)).inserted else { return }
        joined.insert(Reference.name(of: key))
        let members =
            key.kind.isTable ? keys.filter { $0.path.hasPrefix(key.path + ".") && $0.backend == key.backend } : []
        for member in members {
            joined.insert(Reference.name(of: member))
            let name = String(member.path.dropFirst(key.path.count + 1))
            let words = "\(entry.value) \(entry.words ?? "") \(entry.remark ?? "")"
            if !words.contains("\(name) = "), !words.contains("`\(name)`") {
                complaints.append(
                    "config.example.toml:\(entry.line): say what \(member.path) is, in `\(name)` or in its example")
            }
        }
        let meaning = meaning(entry, table)
        if meaning == nil {
            complaints.append(
                "config.example.toml:\(entry.line): say behind or above \(table.path).\(entry.name) what it means, or name it "
                    + "in back quotes above its table")
        }
        sections[index].keys.append(
            Reference.Key(
                key: key, name: isOwn ? "\"…\"" : entry.name, meaning: meaning ?? "",
                standard: entry.isDefault ? entry.value : nil,
                example: entry.isDefault || entry.value.isEmpty ? nil : entry.value, members: members,
                since: versions[Reference.name(of: key)]))
    }

    private func meaning(_ entry: ExampleFile.Key, _ table: ExampleFile.Table) -> String? {
        var parts = [entry.words, entry.remark].compactMap(\.self).filter { !$0.isEmpty }
        if parts.isEmpty, let companion = entry.companion { parts.append("See `\(companion)`.") }
        // The words above a table speak of its keys by name, or of all of them alike.
        let isNamed = table.words.contains { $0.contains("`\(entry.name)`") }
        let isAlike = !table.words.isEmpty && table.keys.allSatisfy { $0.words == nil && $0.remark == nil }
        if parts.isEmpty, isNamed || isAlike { parts.append("See above.") }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// A key of one kind of backend may be explained at another one, which has the same.
    private mutating func lend(_ key: ConfigurationKey) {
        let name = key.path.split(separator: ".").last.map(String.init) ?? ""
        let isExplained = sections.flatMap(\.keys).contains { other in
            other.key.path == key.path || key.path.hasPrefix(other.key.path + ".")
        }
        guard key.backend != nil, isExplained else {
            let place = key.backend.map { "the backend \"\($0)\"" } ?? "[\(key.path.dropLast(name.count + 1))]"
            complaints.append(
                "config.example.toml: add \(name) to \(place), with words that say what it is and its default")
            return
        }
        guard let index = sections.firstIndex(where: { $0.path == "backend" && $0.backend == key.backend }),
            let lender = sections.first(where: { $0.keys.contains { $0.key.path == key.path } }), name != "*"
        else { return }
        sections[index].keys.append(
            Reference.Key(
                key: key, name: name, meaning: "As for \"\(lender.backend ?? "")\".",
                standard: lender.keys.first { $0.key.path == key.path }?.standard, example: nil, members: [],
                since: versions[Reference.name(of: key)]))
    }
}

extension ConfigurationKey.Kind {
    /// Whether it may be a table on one line.
    fileprivate var isTable: Bool {
        switch self {
        case .table, .wordOrTable: true
        default: false
        }
    }
}
