import GatehouseCore
import GatehouseLogging
import GatehouseTestSupport
import Logging
import Testing

@Suite("Lines about events")
struct EventLineTests {
    private let log = Mutexed<[String]>([])
    private let audit = Mutexed<[String]>([])

    private func logger(
        _ levels: LogLevels, _ format: LineLog.Format = .json, replacesLog: Bool = false
    ) -> Logger {
        let (log, audit) = (log, audit)
        let output = LineLog.Output(
            format, origin: [("instance", "one")], clock: { Timestamp(milliseconds: 0) },
            write: { line in log.change { $0.append(String(decoding: line, as: UTF8.self)) } },
            audit: LineLog.Audit(replacesLog: replacesLog) { line in
                audit.change { $0.append(String(decoding: line, as: UTF8.self)) }
            })
        return Logger(label: "gatehouse") { LineLog(label: $0, levels: levels, output: output) }
    }

    private let event = Event(
        .sessionEnded, level: .notice,
        [(.reason, "account"), (.sessionsEnded, .number(2)), (.userIDs, .texts(["1", "2"]))])

    @Test("have the event's name, level and fields, in the log and in the audit file")
    func both() {
        logger(LogLevels(.info)).log(event, "sessions ended")
        let line =
            #"{"time":"1970-01-01T00:00:00.000Z","level":"notice","logger":"gatehouse","message":"sessions ended","#
            + #""event":"session.ended","reason":"account","sessions_ended":"2","user_ids":"1, 2","instance":"one"}"#
            + "\n"
        #expect(log.value == [line] && audit.value == [line])
    }

    @Test("come into the audit file whatever the level of the log is")
    func quiet() {
        logger(LogLevels(.error), .text).log(event, "sessions ended")
        #expect(log.value.isEmpty && audit.value.count == 1)
    }

    @Test("stand once where the audit is the log, whatever its level")
    func once() {
        let logger = logger(LogLevels(.error), .text, replacesLog: true)
        logger.log(event, "sessions ended")
        logger.error("something else")
        #expect(audit.value.count == 1 && audit.value.allSatisfy { $0.hasPrefix("{") })
        #expect(log.value == ["1970-01-01T00:00:00.000Z error something else\n"])
    }

    @Test("are as severe as their area wants them, in the log")
    func areas() {
        let logger = logger(LogLevels(.warning, areas: [.portal: .info, .store: .error, .checks: .debug]))
        logger.log(event, "of the portal")
        logger.log(Event(.userMade, [(.user, "alice")]), "of people")
        logger.warning("of the store", source: "GatehouseRedis")
        logger.warning("of mails", source: "mail")
        logger.debug("of checks", source: "GatehouseServer")
        logger.debug("of the daemon")
        let messages = log.value.compactMap { $0.firstMatch(of: /"message":"([^"]*)"/).map { String($0.1) } }
        #expect(messages == ["of the portal", "of mails", "of checks"])
        #expect(audit.value.count == 2)
    }

    @Test("name their level as the log does")
    func levels() {
        let levels: [(EventLevel, Logger.Level)] = [
            (.info, .info), (.notice, .notice), (.warning, .warning), (.error, .error),
        ]
        for (level, expected) in levels { #expect(Logger.Level(level) == expected) }
    }

    @Test("about lines that are missing say how many, in either format")
    func gap() {
        let output = LineLog.Output(
            .json, origin: [("instance", "one")], clock: { Timestamp(milliseconds: 0) }, write: { _ in })
        #expect(
            String(decoding: output.gap(3, .text), as: UTF8.self)
                == "1970-01-01T00:00:00.000Z warning lines were dropped: whoever reads them was too slow"
                + " event=\"log.dropped\" count=\"3\"\n")
        #expect(
            String(decoding: output.gap(3, .json), as: UTF8.self)
                == #"{"time":"1970-01-01T00:00:00.000Z","level":"warning","message":"lines were dropped: whoever reads"#
                + #" them was too slow","event":"log.dropped","count":"3","instance":"one"}"# + "\n")
    }
}
