internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseLogging
internal import GatehouseOIDC
internal import GatehouseTerminal
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The daemon's log on standard error and its audit file, each behind a queue and a thread of its own.
struct DaemonLog: Sendable {
    private let lines: LineWriter
    private let audit: LineWriter?
    private let isRequired: Bool
    /// Every event since the start.
    let events: EventCounts

    /// Makes both, and sends every logger's lines there; called once in a process.
    ///
    /// - Throws: `Failure.usage` if the audit file cannot be written now.
    static func start(_ configuration: Configuration) throws(Failure) -> DaemonLog {
        let file = try AuditFile(configuration)
        try file?.requireWritable()
        let (format, levels) = (configuration.logFormat, configuration.logLevels)
        let origin = file == nil ? [] : AuditFile.origin
        let plain = LineLog.Output(format, origin: origin, clock: WallClock.now, write: { _ in })
        let lines = LineWriter(.standardError, gap: { plain.gap($0, format) })
        var audit: LineWriter?
        var auditLines: LineLog.Audit?
        if let file {
            let writer =
                file.isLog
                ? lines
                : LineWriter(
                    file.place, capacity: AuditFile.capacity, gap: { plain.gap($0, file.format) },
                    onChange: { complain(about: file, $0) })
            if !file.isLog { audit = writer }
            auditLines = LineLog.Audit(file.format, replacesLog: file.isLog) { writer.append($0) }
        }
        let output = LineLog.Output(
            format, origin: origin, clock: WallClock.now, write: { lines.append($0) }, audit: auditLines)
        let events = EventCounts(
            backends: configuration.backends.map { "\($0.name)" },
            providers: configuration.providers.map { "\($0.provider.name)" })
        LoggingSystem.bootstrap { CountedLog(LineLog(label: $0, levels: levels, output: output), counts: events) }
        return DaemonLog(lines: lines, audit: audit, isRequired: configuration.log.isAuditRequired, events: events)
    }

    private static func complain(about file: AuditFile, _ fault: LineFile.Fault?) {
        let logger = Logger(label: "gatehouse")
        guard let fault else {
            return logger.notice("the audit file can be written again", metadata: ["file": "\(file.name)"])
        }
        logger.error(
            "log.audit cannot be written: make room or mend the path; events wait, and are lost if it takes long",
            metadata: ["file": "\(file.name)", "error": "\(fault)"])
    }

    /// How many lines were dropped.
    var droppedLines: Int { lines.dropped }
    var droppedEvents: Int { audit?.dropped ?? 0 }

    /// What is wrong with the audit file; `nil` without one.
    var auditProblem: String? { audit?.problem }

    /// Whether what people do can be written down, where it has to be.
    var isRecording: Bool { !isRequired || auditProblem == nil }

    /// Opens the audit file anew: somebody moved it away and sent SIGHUP.
    func reopen() {
        audit?.reopen()
        Logger(label: "gatehouse").notice(
            audit == nil ? "SIGHUP: no file to open anew" : "SIGHUP: the audit file is opened anew")
    }

    /// Waits for the lines that are on their way, two seconds at most.
    func finish() async {
        if let audit {
            await audit.finish(within: .seconds(2))
            if audit.waiting > 0 {
                Logger(label: "gatehouse").error(
                    "events are lost: log.audit could not be written before the end",
                    metadata: ["count": "\(audit.waiting)"])
            }
        }
        await lines.finish(within: .seconds(2))
    }
}

/// Opens the log's files anew whenever SIGHUP comes.
struct HangupService: Service {
    let log: DaemonLog
    /// Tells what has to be told before and after.
    let around: @Sendable (() -> Void) -> Void

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { around(log.reopen) }
    }
}
