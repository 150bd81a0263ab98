package import GatehouseConfig
package import GatehouseCore
package import GatehouseCrypto
package import GatehouseFormats
package import GatehouseLogging
package import GatehouseTerminal
private import Glibc

/// Where events about people are written besides the log, by the daemon and by the command line alike: `log.audit`.
package struct AuditFile: Sendable {
    package let place: LineFile.Place
    package let format: LineLog.Format
    /// As messages name it.
    package let name: String
    /// Whether it is the daemon's own log.
    package let isLog: Bool

    /// How many octets of events may wait for the daemon's disk; some 50,000 events.
    package static var capacity: Int { 16 << 20 }

    /// `nil` for a configuration without one.
    package init?(_ configuration: Configuration) throws(Failure) {
        guard let audit = configuration.log.audit else { return nil }
        isLog = audit == .standardError
        switch audit {
        case .standardError: (place, format, name) = (.standardError, .json, "standard error")
        case .journald(let path): (place, format, name) = (.socket(path: path), .journal, path)
        case .syslog(let path): (place, format, name) = (.socket(path: path), .syslog(process: getpid()), path)
        case .file(let path):
            let key = configuration.log.isAuditChained ? try configuration.auditKey() : nil
            (place, format, name) = (.file(path: path, chain: key), .json, path)
        }
    }

    /// Appends a line.
    package func append(_ line: [UInt8]) throws(LineFile.Fault) {
        var file = LineFile(place)
        try file.append(line)
    }

    /// - Throws: `Failure.usage` if nothing can be appended.
    package func requireWritable() throws(Failure) {
        do throws(LineFile.Fault) {
            var file = LineFile(place)
            try file.open()
        } catch {
            throw .usage("log.audit: \(name): cannot be written: \(error)")
        }
    }

    /// What tells the lines of several machines and versions apart.
    package static let origin: [(key: String, value: String)] = {
        var name = [CChar](repeating: 0, count: 256)
        let result = unsafe gethostname(&name, name.count - 1)
        let host = result == 0 ? name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) } : []
        return [("instance", String(decoding: host, as: UTF8.self)), ("version", Version.text)]
    }()

    /// What an operator did on the command line, as it is written.
    fileprivate func line(about event: Event) -> [UInt8] {
        let (now, person) = (WallClock.now(), "uid \(getuid())")
        guard format == .json else {
            return LogRecord(event, by: person, at: now, origin: AuditFile.origin).octets(format)
        }
        let head: [(key: String, value: JSON)] = [
            (EventField.time.rawValue, .string(LineLog.text(now))),
            (EventField.event.rawValue, .string(event.name.rawValue)), (EventField.by.rawValue, .string(person)),
        ]
        let tail = AuditFile.origin.map { ($0.key, JSON.string($0.value)) }
        return Array((JSON.object(head + event.json(for: .audit) + tail).text + "\n").utf8)
    }
}

extension Configuration {
    /// Writes down what an operator did on the command line, if there is a place for it that is not the daemon's own log.
    ///
    /// A line that cannot be written is complained about; what was done stays done.
    package func audit(_ event: Event) {
        do {
            guard let file = try AuditFile(self), !file.isLog else { return }
            try file.append(file.line(about: event))
        } catch {
            let reason = (error as? Failure)?.message ?? "\(error)"
            Terminal.complain("log.audit: the line about this could not be written: \(reason)")
        }
    }

    /// The key of a chained audit file.
    package func auditKey() throws(Failure) -> TagKey {
        do throws(CryptoError) { return try LookupKey(keys.lookup.octets).makeAuditKey() } catch {
            throw .usage("keys.lookup: no key for log.audit_chain can be made of it: \(error)")
        }
    }
}

extension Event {
    /// What a reader is shown, as the members of a JSON object.
    package func json(for readers: EventReaders) -> [(key: String, value: JSON)] {
        members(for: readers).map { ($0.field.rawValue, JSON($0.value)) }
    }
}

extension JSON {
    init(_ value: EventValue) {
        switch value {
        case .text(let text): self = .string(text)
        case .texts(let texts): self = .strings(texts)
        case .number(let number): self = .number(number)
        case .missing: self = .null
        }
    }
}
