import Foundation
import GatehouseCore
import GatehouseLogging
import GatehouseTestSupport
import Logging
import Testing

@Suite("A record in each format")
struct LogRecordTests {
    /// What somebody might send to make one line two, or another one.
    static let hostile = [
        "a\nMESSAGE=b\nGATEHOUSE_CLIENT=203.0.113.9", "a\r\n{\"client\":\"203.0.113.9\"}",
        "\",\"client\":\"203.0.113.9",
        "a] [x@1 client=\"203.0.113.9\"", "\\\"]\\", "\u{1B}[2K\u{2028}\u{85}\u{202E}\u{0}",
        String(repeating: "é", count: 400),
    ]

    /// The line that a logger writes in a format.
    private func line(
        _ format: LineLog.Format, _ value: String, message: String = "form refused", level: Logger.Level = .notice
    ) -> [UInt8] {
        let lines = Mutexed<[[UInt8]]>([])
        let output = LineLog.Output(
            format, origin: [("instance", "one")], clock: { Timestamp(milliseconds: 0) },
            write: { line in lines.change { $0.append(line) } })
        let logger = Logger(label: "gatehouse") { LineLog(label: $0, levels: LogLevels(.trace), output: output) }
        logger.log(
            level: level, "\(message)", metadata: ["event": "csrf.refused", "client": "192.0.2.1", "path": "\(value)"])
        #expect(lines.value.count == 1)
        return lines.value.first ?? []
    }

    @Test("is one line of JSON, text or syslog, whatever came from outside", arguments: hostile)
    func oneLine(value: String) {
        for format in [LineLog.Format.json, .text, .syslog(process: 7)] {
            var octets = line(format, value, message: value)
            if format != .syslog(process: 7) { #expect(octets.popLast() == 0x0A) }
            let text = String(decoding: octets, as: UTF8.self)
            #expect(text.unicodeScalars.allSatisfy { SafeText.isSafe($0) || $0 == "\u{FEFF}" }, "\(text)")
            #expect(text.utf8.count < 1_500)
            #expect(text.contains("192.0.2.1"))
        }
        let json = String(decoding: line(.json, value), as: UTF8.self)
        #expect(json.components(separatedBy: "\"client\":\"").count == 2, "\(json)")
    }

    @Test("has fields for journald, of which none can begin another")
    func journal() throws {
        let octets = line(.journal, "a\nGATEHOUSE_CLIENT=203.0.113.9\n")
        let fields = try JournalFields(octets).fields
        let expected = [
            "MESSAGE": "form refused", "PRIORITY": "5", "SYSLOG_FACILITY": "10", "SYSLOG_IDENTIFIER": "gatehouse",
            "GATEHOUSE_TIME": "1970-01-01T00:00:00.000Z", "GATEHOUSE_EVENT": "csrf.refused",
            "GATEHOUSE_CLIENT": "192.0.2.1", "GATEHOUSE_PATH": "a\nGATEHOUSE_CLIENT=203.0.113.9\n",
            "GATEHOUSE_INSTANCE": "one",
        ]
        #expect(fields == expected)
        let long = try JournalFields(line(.journal, LogRecordTests.hostile[6])).fields["GATEHOUSE_PATH"]
        #expect(long == String(repeating: "é", count: 128) + "…")
    }

    @Test("is a message of RFC 5424 for syslog, with every field as structured data")
    func syslog() {
        #expect(
            String(decoding: line(.syslog(process: 7), "/a b"), as: UTF8.self)
                == "<85>1 1970-01-01T00:00:00.000Z one gatehouse 7 csrf.refused [gatehouse@32473 client=\"192.0.2.1\""
                + " event=\"csrf.refused\" path=\"/a b\" instance=\"one\"] form refused")
        #expect(
            String(decoding: line(.syslog(process: 7), "\"]\\\n"), as: UTF8.self)
                .contains(#" path="\"\]\\\\u000a" instance="#))
        // Text that is more than ASCII comes behind a byte order mark (section 6.4).
        #expect(
            String(decoding: line(.syslog(process: 7), "", message: "é"), as: UTF8.self)
                .hasSuffix("] \u{FEFF}é"))
    }

    @Test("is as severe for syslog and journald as it is")
    func severities() throws {
        let levels: [(Logger.Level, Int)] = [
            (.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
        ]
        for (level, severity) in levels {
            #expect(try JournalFields(line(.journal, "", level: level)).fields["PRIORITY"] == "\(severity)")
            let text = String(decoding: line(.syslog(process: 1), "", level: level), as: UTF8.self)
            #expect(text.hasPrefix("<\(80 + severity)>1 "))
        }
    }

    @Test("is made of what an operator did, too")
    func operators() throws {
        let record = LogRecord(
            Event(.userMade, [(.user, "alice"), (.result, "made")]), by: "uid 0", at: Timestamp(milliseconds: 0),
            origin: [])
        let fields = try JournalFields(record.octets(.journal)).fields
        #expect(fields["MESSAGE"] == "a person was made" && fields["GATEHOUSE_BY"] == "uid 0")
        #expect(fields["GATEHOUSE_EVENT"] == "user.made" && fields["GATEHOUSE_USER"] == "alice")
    }
}

/// What journald reads out of a datagram.
struct JournalFields {
    private(set) var fields: [String: String] = [:]

    struct Malformed: Error {}

    init(_ octets: [UInt8]) throws {
        var rest = octets[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x3D }) else { throw Malformed() }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            guard name.contains(/^[A-Z][A-Z0-9_]{0,63}$/), fields[name] == nil else { throw Malformed() }
            let isSized = rest[end] == 0x0A
            rest = rest[(end + 1)...]
            var count = rest.firstIndex(of: 0x0A).map { $0 - rest.startIndex } ?? 0
            if isSized {
                count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(8)
            }
            guard rest.count > count else { throw Malformed() }
            fields[name] = String(decoding: rest.prefix(count), as: UTF8.self)
            rest = rest.dropFirst(count)
            guard rest.popFirst() == 0x0A else { throw Malformed() }
        }
    }
}
