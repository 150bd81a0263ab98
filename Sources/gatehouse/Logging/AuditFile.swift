internal import GatehouseConfig
internal import GatehouseCore
private import Glibc

/// The file of events about people: one JSON object in each line, appended by the daemon and by the command line alike.
///
/// It is opened for each line, so that it can be moved away at any time; events are rare.
struct AuditFile: Sendable {
    private let path: String

    /// `nil` for a configuration without one.
    init?(_ configuration: Configuration) {
        guard let path = configuration.log.audit else { return nil }
        self.path = path
    }

    /// Appends a line, which ends with a line break.
    ///
    /// - Returns: whether it was written.
    @discardableResult
    func append(_ line: String) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(line.utf8)
        return unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }

    /// - Throws: `Failure.usage` if nothing can be appended.
    func requireWritable() throws(Failure) {
        guard append("") else { throw .usage("log.audit: \(path): cannot be written: \(Files.reason())") }
    }

    /// What tells the lines of several machines and versions apart.
    static let origin: [(key: String, value: String)] = {
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
    func audit(_ event: String, _ members: [(key: String, value: JSON)]) {
        guard let file = AuditFile(self) else { return }
        let head: [(key: String, value: JSON)] = [
            ("time", .string(LineLog.now)), ("event", .string(event)), ("by", .string("uid \(getuid())")),
        ]
        let tail = AuditFile.origin.map { ($0.key, JSON.string($0.value)) }
        guard !file.append(JSON.object(head + members + tail).text + "\n") else { return }
        Terminal.complain("log.audit: the line about this could not be written: \(Files.reason())")
    }
}
