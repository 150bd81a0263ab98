internal import GatehouseCore

/// A value that was read, with the place to name if it turns out to be wrong.
struct Found<Value> {
    let value: Value
    let place: Place
    /// The whole key, like `sessions.idle`.
    let key: String
}

extension Found<String> {
    /// The value as a message shows it.
    var seen: String { Shown.text(value) }
}

/// Reads one table key by key; whatever was not asked for is unknown.
final class TableReader {
    let place: Place
    /// Like `sessions`; empty for the root.
    let path: String
    let log: ProblemLog
    /// What the variables for its keys begin with, like `GATEHOUSE_SESSIONS__`.
    private let variables: String
    /// Whether the file has the table.
    let isWritten: Bool
    private let entries: [TOMLValue.Entry]
    private var known: [String] = []

    /// Reads the root table.
    convenience init(root: TOMLValue, log: ProblemLog) {
        self.init(root, path: "", variables: Overrides.prefix, log: log)
    }

    /// Reads a table; `nil` if the file has none: then everything has its default.
    init(_ value: TOMLValue?, path: String, variables: String, log: ProblemLog) {
        self.path = path
        self.variables = variables
        self.log = log
        place = value?.place ?? .nowhere
        isWritten = value != nil
        switch value?.content {
        case .table(let entries): self.entries = entries
        case nil: entries = []
        case .override:
            if case .table(let entries)? = value?.spelled?.content {
                self.entries = entries
            } else {
                entries = []
                log.add(place, path, "must be a table of TOML like { key = \"value\" }")
            }
        default:
            entries = []
            log.add(place, path, "must be a table like [\(path)], is \(value?.seen ?? "")")
        }
    }

    func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// The value of a key as it stands; the key is known from now on.
    func value(_ name: String) -> TOMLValue? {
        known.append(name)
        let key = UTF8Text(name)
        return entries.first { $0.key == key }?.value
    }

    /// Tells whoever wants to know which keys there are what this one may hold.
    func note(_ name: String, _ kind: @autoclosure () -> ConfigurationKey.Kind) {
        if log.notes != nil { log.notes?.note(key(name), kind()) }
    }

    /// The keys that are there, in the order of the file.
    var names: [UTF8Text] { entries.map(\.key) }

    /// A table below this one.
    func table(_ name: String) -> TableReader {
        note(name, .table)
        return TableReader(value(name), path: key(name), variables: "\(variable(for: name))__", log: log)
    }

    /// The variable of the environment that stands for a key.
    func variable(for name: String) -> String { variables + Overrides.part(name) }

    /// The tables of `[[name]]`.
    func tables(_ name: String) -> [TableReader] {
        note(name, .tables)
        guard let value = value(name) else { return [] }
        guard case .array(let values) = value.content else {
            log.add(value.place, key(name), "must be written as [[\(key(name))]], is \(value.seen)")
            return []
        }
        return values.enumerated().map { index, value in
            let label = Overrides.label(of: value, number: index + 1, isNamed: path.isEmpty && name == "application")
            return TableReader(
                value, path: key(name), variables: "\(variable(for: name))__\(label)__", log: log)
        }
    }

    /// Reports that a key is missing; where it can be set only by a variable, or the table was made by one, that is named.
    func require(_ name: String, _ hint: String) {
        let isVariable = if case .environment = place { true } else { log.hasNoFile }
        log.add(isVariable ? .environment(variable(for: name)) : place, key(name), "is required: \(hint)")
    }

    /// Reports every key that nobody asked for.
    func finish() {
        let names = Set(known.map { UTF8Text($0) })
        for entry in entries where !names.contains(entry.key) {
            let isVariable = if case .environment = entry.value.place { true } else { false }
            var message = path.isEmpty && !isVariable ? "unknown key or table" : "unknown key"
            if let nearest = Spelling.nearest(to: entry.key.string, among: known) {
                let spelling = isVariable ? variable(for: nearest) : nearest
                message += "; did you mean \(spelling)?"
            } else {
                message += "; known here: \(known.sorted().joined(separator: ", "))"
            }
            log.add(entry.value.place, key(Shown.key(entry.key)), message)
        }
    }
}

extension TableReader {
    /// A text without control characters.
    func string(_ name: String) -> Found<String>? {
        note(name, .text)
        guard let value = value(name) else { return nil }
        switch value.content {
        case .string(let text), .override(let text):
            return printable(Found(value: text, place: value.place, key: key(name)))
        default:
            log.add(value.place, key(name), "must be text in quotes, is \(value.seen)")
            return nil
        }
    }

    /// Every entry of a table whose keys are the operator's own, each a text.
    func everyString() -> [(name: UTF8Text, text: Found<String>)] {
        note("*", .text)
        return names.compactMap { name in string(name.string).map { (name, $0) } }
    }

    /// A text that messages must not show.
    func secretText(_ name: String) -> Found<String>? {
        note(name, .secret)
        guard let value = value(name) else { return nil }
        switch value.content {
        case .string(let text), .override(let text):
            guard !TableReader.hasControl(text) else {
                log.add(value.place, key(name), "must not contain control characters")
                return nil
            }
            return Found(value: text, place: value.place, key: key(name))
        default:
            log.add(value.place, key(name), "must be text in quotes, is \(value.kind)")
            return nil
        }
    }

    func boolean(_ name: String) -> Found<Bool>? {
        note(name, .flag)
        guard let value = value(name) else { return nil }
        switch value.content {
        case .boolean(let flag): return Found(value: flag, place: value.place, key: key(name))
        case .override(let text) where text.utf8.elementsEqual("true".utf8):
            return Found(value: true, place: value.place, key: key(name))
        case .override(let text) where text.utf8.elementsEqual("false".utf8):
            return Found(value: false, place: value.place, key: key(name))
        default:
            log.add(value.place, key(name), "must be true or false, is \(value.seen)")
            return nil
        }
    }

    /// A whole number within limits.
    func integer(_ name: String, in range: ClosedRange<Int>) -> Found<Int>? {
        note(name, .integer(range))
        guard let value = value(name) else { return nil }
        let number: Int?
        switch value.content {
        case .integer(let given): number = Int(exactly: given)
        case .override(let text): number = ASCII.decimal(Array(text.utf8).span, limit: .max)
        default: number = nil
        }
        guard let number, range.contains(number) else {
            let limits = "from \(range.lowerBound) to \(range.upperBound)"
            log.add(value.place, key(name), "must be a whole number \(limits), is \(value.seen)")
            return nil
        }
        return Found(value: number, place: value.place, key: key(name))
    }

    /// A length of time within limits.
    func duration(_ name: String, in range: ClosedRange<Duration>) -> Found<Duration>? {
        note(name, .duration(least: TimeText.text(range.lowerBound), most: TimeText.text(range.upperBound)))
        guard let text = string(name) else { return nil }
        guard let duration = TimeText.duration(text.value) else {
            log.add(text, "must be a time like \"250ms\", \"90s\", \"15m\", \"1h\" or \"30d\", is \(text.seen)")
            return nil
        }
        guard range.contains(duration) else {
            let limits = "from \(TimeText.text(range.lowerBound)) to \(TimeText.text(range.upperBound))"
            log.add(text, "must be \(limits), is \(text.seen)")
            return nil
        }
        return Found(value: duration, place: text.place, key: text.key)
    }

    /// A number of octets within limits.
    func size(_ name: String, in range: ClosedRange<Int>) -> Found<Int>? {
        note(name, .size(least: SizeText.text(range.lowerBound), most: SizeText.text(range.upperBound)))
        guard let text = string(name) else { return nil }
        guard let size = SizeText.octets(text.value) else {
            log.add(text, "must be a size like \"512KiB\", \"46MiB\" or \"1GiB\", is \(text.seen)")
            return nil
        }
        guard range.contains(size) else {
            let limits = "from \(SizeText.text(range.lowerBound)) to \(SizeText.text(range.upperBound))"
            log.add(text, "must be \(limits), is \(text.seen)")
            return nil
        }
        return Found(value: size, place: text.place, key: text.key)
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        note(name, .choice(Choice.allCases.map(\.rawValue)))
        guard let text = string(name) else { return nil }
        let bytes = UTF8Text(text.value)
        if let choice = Choice.allCases.first(where: { UTF8Text($0.rawValue) == bytes }) { return choice }
        log.add(text, "must be \(Shown.choices(Choice.allCases.map(\.rawValue))), is \(text.seen)")
        return nil
    }

    func printable(_ text: Found<String>) -> Found<String>? {
        guard TableReader.hasControl(text.value) else { return text }
        log.add(text, "must not contain control characters, is \(text.seen)")
        return nil
    }

    private static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
