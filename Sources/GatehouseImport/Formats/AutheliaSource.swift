internal import GatehouseCore
internal import GatehouseFormats

/// The people of Authelia's `users_database.yml`.
///
/// What Authelia knows of a person and Django's tables do not (telephone, address, …) is left out with a note.
package struct AutheliaSource: PeopleSource {
    private enum Place { case beforeRoot, inRoot, inUsers, behind }

    private let events: YAMLEvents
    private var place = Place.beforeRoot
    private var leftOut: Set<String> = []

    /// The most octets of a file: 100,000 people take a third.
    private static let maxLength = 128 << 20
    private static let taken = [
        "password", "displayname", "email", "groups", "disabled", "given_name", "family_name",
    ]
    private static let untaken = [
        "middle_name", "nickname", "gender", "birthdate", "website", "profile", "picture", "zoneinfo", "locale",
        "phone_number", "phone_extension", "address", "extra",
    ]

    /// - Throws: `ImportError` for a file that cannot be read or is too long.
    package init(_ bytes: any ByteSource) throws(ImportError) {
        var text = TextBytes(bytes)
        guard let all = try text.all(limit: AutheliaSource.maxLength) else {
            throw .unreadable(reason: "longer than \(AutheliaSource.maxLength >> 20) MiB")
        }
        do { events = try YAMLEvents(all) } catch { throw ImportError(error) }
    }

    package var notes: [String] {
        leftOut.sorted().map { "\($0) has no column in Django's tables and is left out" }
    }

    package mutating func next() throws(ImportError) -> ImportRecord? {
        while true {
            switch (place, try nextEvent()) {
            case (.beforeRoot, .mappingStart): place = .inRoot
            case (.beforeRoot, _): throw .malformed(line: 1, reason: "no users file: it must begin with `users:`")
            case (.inRoot, .scalar(let key)):
                guard key.bytes == Array("users".utf8) else {
                    throw .malformed(line: key.line, reason: "\(Shown.text(key.bytes)) is no key here; expected users")
                }
                try enterUsers(key.line)
            case (.inRoot, .mappingEnd): place = .behind
            case (.inUsers, .scalar(let name)): return try record(name)
            case (.inUsers, .mappingEnd): place = .inRoot
            case (.behind, _): return nil
            case (.inRoot, let event), (.inUsers, let event): throw AutheliaSource.noKey(event)
            }
        }
    }

    private func nextEvent() throws(ImportError) -> YAMLEvent {
        do { return try events.next() } catch { throw ImportError(error) }
    }

    private func skip(_ first: YAMLEvent) throws(ImportError) {
        do { try events.skip(first) } catch { throw ImportError(error) }
    }

    private mutating func enterUsers(_ line: Int) throws(ImportError) {
        switch try nextEvent() {
        case .mappingStart: place = .inUsers
        case .scalar(let scalar) where scalar.isNull: break
        default: throw .malformed(line: line, reason: "users must hold a name with its fields in each entry")
        }
    }

    private static func noKey(_ event: YAMLEvent) -> ImportError {
        switch event {
        case .mappingStart(let line), .sequenceStart(let line):
            .malformed(line: line, reason: "a key must be a plain text")
        default: .malformed(line: 1, reason: "the file ends too early")
        }
    }

    /// Reads one person to the end, also when something about it is bad.
    private mutating func record(_ name: YAMLScalar) throws(ImportError) -> ImportRecord {
        var fields = AutheliaFields()
        switch try nextEvent() {
        case .mappingStart: try read(&fields, name.line)
        case let other:
            try skip(other)
            fields.problem = ImportProblem(line: name.line, reason: "has no fields; expected password and the like")
        }
        if let problem = fields.problem { return .problem(problem) }
        do {
            return .person(try fields.person(name))
        } catch {
            return .problem(ImportProblem(line: name.line, reason: error.reason))
        }
    }

    private mutating func read(_ fields: inout AutheliaFields, _ start: Int) throws(ImportError) {
        while true {
            let key: YAMLScalar
            switch try nextEvent() {
            case .scalar(let scalar): key = scalar
            case .mappingEnd: return
            case let event: throw AutheliaSource.noKey(event)
            }
            let name = String(decoding: key.bytes, as: UTF8.self)
            let value = try nextEvent()
            // A list is kept; everything else that is no plain text is only passed over.
            let items: [YAMLScalar]?
            if case .sequenceStart = value { items = try list() } else { items = nil }
            if items == nil { try skip(value) }
            if AutheliaSource.untaken.contains(name) {
                leftOut.insert(name)
            } else if AutheliaSource.taken.contains(name) {
                do {
                    try fields.take(name, value, items)
                } catch {
                    fields.note(ImportProblem(line: key.line, reason: error.reason))
                }
            } else {
                let nearest = Spelling.nearest(to: name, among: AutheliaSource.taken, slips: 2)
                let hint = nearest.map { "; did you mean \($0)?" } ?? ""
                fields.note(ImportProblem(line: key.line, reason: "\(Shown.text(key.bytes)) is no known key\(hint)"))
            }
        }
    }

    /// The texts of a list, to its end; an item that is no text stands as one that is nobody's name.
    private func list() throws(ImportError) -> [YAMLScalar] {
        var items: [YAMLScalar] = []
        while true {
            switch try nextEvent() {
            case .sequenceEnd, .end: return items
            case .scalar(let scalar): items.append(scalar)
            case let nested:
                try skip(nested)
                items.append(YAMLScalar(bytes: [0], isPlain: false, line: 0))
            }
        }
    }
}

extension ImportError {
    init(_ fault: YAMLFault) {
        switch fault {
        case .malformed(let line, let reason): self = .malformed(line: line, reason: reason)
        case .noMemory: self = .unreadable(reason: fault.description)
        }
    }
}
