internal import GatehouseCore
private import Glibc

/// What a service manager like systemd tells this process by its environment.
///
/// - Source: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
package struct ServiceManagerEnvironment: Equatable, Sendable {
    /// Sockets that it opened before it started this process.
    package let descriptors: [InheritedDescriptor]
    /// Where it hears how the process fares; `nil` if it does not want to know.
    package let notifySocket: NotifySocket?
    /// How long it waits for a sign of life before it ends the process; `nil` if it does not watch.
    package let watchdog: Duration?

    /// Every variable that is meant for one process alone.
    static let names = [
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "NOTIFY_SOCKET", "WATCHDOG_USEC",
        "WATCHDOG_PID",
    ]

    /// The most descriptors that may be passed.
    private static var maxDescriptors: Int { 1_024 }
    /// In microseconds: a day.
    private static var maxWatchdog: Int { 86_400_000_000 }

    /// Takes what is meant for this process out of its environment: programs that are started from here get neither the
    /// variables, which they would take for theirs, nor the descriptors.
    ///
    /// - Throws: `ServiceManagerFault` if the variables say what is not so.
    package static func take() throws(ServiceManagerFault) -> ServiceManagerEnvironment {
        var variables: [String: String] = [:]
        for name in names {
            if let value = unsafe getenv(name) { variables[name] = unsafe String(cString: value) }
            _ = unsafe unsetenv(name)
        }
        let taken = try ServiceManagerEnvironment(variables, pid: getpid())
        for descriptor in taken.descriptors { try descriptor.claim() }
        return taken
    }

    /// - Parameters:
    ///   - variables: of the environment.
    ///   - pid: this process; what is meant for another one does not count.
    /// - Throws: `ServiceManagerFault` for a variable that makes no sense.
    package init(_ variables: [String: String], pid: Int32) throws(ServiceManagerFault) {
        let variables = variables.filter { !$0.value.utf8.isEmpty }
        descriptors = try ServiceManagerEnvironment.descriptors(variables, pid)
        notifySocket = try variables["NOTIFY_SOCKET"].map { text throws(ServiceManagerFault) in
            try NotifySocket(text)
        }
        watchdog = try ServiceManagerEnvironment.watchdog(variables, pid)
    }

    private static func descriptors(
        _ variables: [String: String], _ pid: Int32
    ) throws(ServiceManagerFault) -> [InheritedDescriptor] {
        // Without a process id they are for nobody.
        guard let owner = try number("LISTEN_PID", variables, 1...Int(Int32.max)), owner == Int(pid),
            let count = try number("LISTEN_FDS", variables, 0...maxDescriptors)
        else { return [] }
        var names = [String](repeating: "", count: count)
        if let text = variables["LISTEN_FDNAMES"] {
            names = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard names.count == count else {
                throw ServiceManagerFault(
                    "LISTEN_FDNAMES: has \(names.count) names, and LISTEN_FDS has \(count) descriptors: \(text)")
            }
        }
        return names.enumerated().map { InheritedDescriptor(number: InheritedDescriptor.first + Int32($0), name: $1) }
    }

    private static func watchdog(
        _ variables: [String: String], _ pid: Int32
    ) throws(ServiceManagerFault) -> Duration? {
        // Without a process id it is for whoever reads it.
        let owner = try number("WATCHDOG_PID", variables, 1...Int(Int32.max))
        guard owner == nil || owner == Int(pid) else { return nil }
        return try number("WATCHDOG_USEC", variables, 1...maxWatchdog).map { .microseconds($0) }
    }

    private static func number(
        _ name: String, _ variables: [String: String], _ range: ClosedRange<Int>
    ) throws(ServiceManagerFault) -> Int? {
        guard let text = variables[name] else { return nil }
        guard let number = ASCII.decimal(Array(text.utf8).span, limit: range.upperBound), range.contains(number) else {
            throw ServiceManagerFault(
                "\(name): must be a number from \(range.lowerBound) to \(range.upperBound), is \(text)")
        }
        return number
    }
}

/// A descriptor that the service manager opened: a socket of one of its units.
package struct InheritedDescriptor: Equatable, Sendable {
    /// The standard ones are before it.
    static var first: Int32 { 3 }

    package let number: Int32
    /// What its unit calls it (`FileDescriptorName=`), like "check"; empty without names.
    package let name: String

    package init(number: Int32, name: String) {
        self.number = number
        self.name = name
    }

    /// Keeps it from programs that are started from here.
    ///
    /// - Throws: `ServiceManagerFault` if nothing is open there.
    func claim() throws(ServiceManagerFault) {
        guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
            throw ServiceManagerFault(
                "LISTEN_FDS: counts descriptor \(number), which cannot be used: \(SystemReason.text()); "
                    + "whoever starts the daemon has to open it, or unset LISTEN_FDS")
        }
    }
}

/// What a service manager says, or wants, that cannot be.
package struct ServiceManagerFault: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
