import GatehouseCore
import Testing

@Suite("Events")
struct EventTests {
    @Test("have names of lower-case words that no alert has to learn anew", arguments: EventName.allCases)
    func names(name: EventName) {
        #expect(name.rawValue.contains(/^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$/))
        #expect(EventName(rawValue: name.rawValue) == name)
    }

    @Test("are defined with an occasion and with each field once", arguments: EventName.allCases)
    func definitions(name: EventName) {
        let definition = name.definition
        #expect(!definition.occasion.isEmpty && !definition.occasion.hasSuffix("."))
        #expect(Set(definition.fields).count == definition.fields.count)
        for field in [EventField.event, .time, .by, .traceID] { #expect(!definition.fields.contains(field)) }
    }

    @Test("leave no field unused or unexplained")
    func fields() {
        let used = Set(EventName.allCases.flatMap(\.definition.fields)).union([.event, .time, .by, .traceID])
        #expect(EventField.allCases.filter { !used.contains($0) } == [])
        #expect(Set(EventField.allCases.map(\.meaning)).count == EventField.allCases.count)
        for field in EventField.allCases {
            #expect(field.rawValue.contains(/^[a-z]+(_[a-z]+)*$/))
            #expect(field.readers.contains(.audit))
        }
    }

    @Test("show administrators nothing of a name that failed, nor of the machines")
    func readers() {
        let event = Event(
            .signInFailed,
            [(.nameOctets, .number(12)), (.nameID, "a"), (.reason, "expired"), (.client, "192.0.2.1"), (.peer, "::1")])
        #expect(event.members(for: .history).map(\.field) == [.reason, .client])
        #expect(event.members(for: .log).map(\.field) == [.nameOctets, .nameID, .reason, .client, .peer])
        #expect(event.members(for: [.log, .audit]) == event.members)
        #expect(!EventField.by.readers.contains(.log))
    }

    @Test("may matter more than usual, and never less")
    func levels() {
        #expect(Event(.formRefused).level == .notice)
        #expect(Event(.formRefused, level: .warning).level == .warning)
        #expect(Event(.formRefused, level: .info).level == .notice)
        #expect([EventLevel.error, .info, .warning, .notice].sorted() == [.info, .notice, .warning, .error])
    }

    @Test("say whom they concern, and keep their members in order")
    func members() {
        let alice = UserReference(backend: "database", id: "1")
        let event = Event(
            .userChanged, about: .person(alice),
            [(.user, "alice"), (.granted, .texts(["app.view_a", "app.view_b"])), (.result, .missing)])
        #expect(event.subject == .person(alice))
        #expect(event[.user] == "alice" && event[.revoked] == nil)
        #expect(event.with(.revoked, .texts([])).members.map(\.field) == [.user, .granted, .result, .revoked])
        #expect(event.members.map(\.value.description) == ["alice", "app.view_a, app.view_b", ""])
        #expect(EventValue.number(7).description == "7")
    }
}
