import GatehouseCore
import GatehouseLogging
import GatehouseTestSupport
import Logging
import Testing

@Suite("A log whose events are counted")
struct CountedLogTests {
    private let lines = Mutexed<[String]>([])
    private let counts = EventCounts()

    private func logger(_ level: Logger.Level) -> Logger {
        let lines = lines
        let output = LineLog.Output(.text, clock: { Timestamp(milliseconds: 0) }) { line in
            lines.change { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        return Logger(label: "gatehouse") { [counts] label in
            CountedLog(LineLog(label: label, levels: LogLevels(level), output: output), counts: counts)
        }
    }

    @Test("counts them whatever the level of the log is, and other lines not")
    func levels() {
        for level in [Logger.Level.info, .critical] {
            let logger = logger(level)
            logger.log(Event(.signedOut), "signed out")
            logger.info("something else")
        }
        #expect(counts[.signedOut] == 2)
        #expect(lines.value.count == 2)
    }

    @Test("writes what the log behind it writes, with its own fields and level")
    func behind() {
        var logger = logger(.info)
        logger[metadataKey: "a"] = "b"
        #expect(logger[metadataKey: "a"] == "b" && logger.logLevel == .info)
        logger.log(Event(.signedOut), "signed out")
        #expect(lines.value.first?.contains(#"signed out a="b" event="sign-out""#) == true, "\(lines.value)")
        logger.logLevel = .error
        logger.log(Event(.signedOut), "signed out")
        #expect(lines.value.count == 1 && counts[.signedOut] == 2)
    }
}
