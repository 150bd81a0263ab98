package import GatehouseConfig
package import GatehouseCore
package import GatehouseFormats
internal import GatehouseLogging
package import GatehouseTerminal
private import Glibc

/// The file of events about people: one JSON object in each line, appended by the daemon and by the command line alike.
package struct AuditFile: Sendable {
    /// Where it lies.
    package let path: String

    /// How many octets of events may wait for the daemon's disk; some 50,000 events.
    package static var capacity: Int { 16 << 20 }

    /// `nil` for a configuration without one.
    package init?(_ configuration: Configuration) {
        guard let path = configuration.log.audit else { return nil }
        self.path = path
    }

    /// Appends a line, which ends with a line break.
    func append(_ line: String) throws(LineFile.Fault) {
        var file = LineFile(.file(path: path))
        try file.append(Array(line.utf8))
    }

    /// - Throws: `Failure.usage` if nothing can be appended.
    package func requireWritable() throws(Failure) {
        do throws(LineFile.Fault) {
            var file = LineFile(.file(path: path))
            try file.open()
        } catch {
            throw .usage("log.audit: \(path): cannot be written: \(error)")
        }
    }

    /// What tells the lines of several machines and versions apart.
    package static let origin: [(key: String, value: String)] = {
        var name = [CChar](repeating: 0, count: 256)
        let result = unsafe gethostname(&name, name.count - 1)
        let host = result == 0 ? name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) } : []
        return [("instance", String(decoding: host, as: UTF8.self)), ("version", Version.text)]
    }()
}

extension Configuration {
    /// Writes down what an operator did on the command line, if there is a file for it.
    ///
    /// A line that cannot be written is complained about; what was done stays done.
    package func audit(_ event: Event) {
        guard let file = AuditFile(self) else { return }
        let head: [(key: String, value: JSON)] = [
            (EventField.time.rawValue, .string(LineLog.text(WallClock.now()))),
            (EventField.event.rawValue, .string(event.name.rawValue)),
            (EventField.by.rawValue, .string("uid \(getuid())")),
        ]
        let tail = AuditFile.origin.map { ($0.key, JSON.string($0.value)) }
        do throws(LineFile.Fault) {
            try file.append(JSON.object(head + event.json(for: .audit) + tail).text + "\n")
        } catch {
            Terminal.complain("log.audit: the line about this could not be written: \(error)")
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
