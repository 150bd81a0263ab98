/// Something that happened, as log, audit file and history are told of it.
///
/// ```swift
/// Event(.userRenamed, about: .person(reference), [(.user, .text(new)), (.was, .text(old)), (.result, .text("renamed"))])
/// ```
package struct Event: Equatable, Sendable {
    /// A field and what it says here.
    package struct Member: Equatable, Sendable {
        package let field: EventField
        package let value: EventValue
    }

    package let name: EventName
    /// Whom it happened to.
    package let subject: EventSubject
    package let level: EventLevel
    /// In the order in which they are written where order counts.
    package private(set) var members: [Member]

    /// - Parameters:
    ///   - name: of the event.
    ///   - subject: whom it happened to; nobody for what is about the daemon, or about a name that nobody has.
    ///   - level: the event's own, or a more severe one where this occurrence matters more.
    ///   - members: only fields that the event's definition names; a test build stops at any other.
    package init(
        _ name: EventName, about subject: EventSubject = .nobody, level: EventLevel? = nil,
        _ members: [(field: EventField, value: EventValue)] = []
    ) {
        let definition = name.definition
        self.name = name
        self.subject = subject
        self.level = max(level ?? definition.level, definition.level)
        self.members = members.map { Member(field: $0.field, value: $0.value) }
        assert(strays.isEmpty, "\(name.rawValue) has fields that its definition does not name: \(strays)")
    }

    /// The same event with one more field.
    package func with(_ field: EventField, _ value: EventValue) -> Event {
        var event = self
        event.members.append(Member(field: field, value: value))
        assert(event.strays.isEmpty, "\(name.rawValue) has no field \(field.rawValue)")
        return event
    }

    /// What a field says; `nil` if the event came without it.
    package subscript(_ field: EventField) -> EventValue? { members.first { $0.field == field }?.value }

    /// The members that a reader is shown.
    package func members(for readers: EventReaders) -> [Member] {
        members.filter { $0.field.readers.isSuperset(of: readers) }
    }

    private var strays: [EventField] {
        let known = name.definition.fields
        return members.map(\.field).filter { !known.contains($0) }
    }
}

/// Whom an event happened to: what a history is looked up by.
package enum EventSubject: Hashable, Sendable {
    case nobody
    case person(UserReference)
    case group(GroupName)
    case permission(PermissionName)
}

/// What a field of an event says.
///
/// The log writes everything as text; the audit file keeps numbers, lists and what is missing apart.
package enum EventValue: Equatable, Sendable, CustomStringConvertible {
    case text(String)
    case texts([String])
    case number(Int)
    case missing

    /// As the log writes it.
    package var description: String {
        switch self {
        case .text(let text): text
        case .texts(let texts): texts.joined(separator: ", ")
        case .number(let number): "\(number)"
        case .missing: ""
        }
    }
}

extension EventValue: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) { self = .text(text) }
}
