internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseTerminal
internal import Glibc

/// Files and folders that the configuration names.
extension PartTrials.Trial {
    static func files(_ configuration: Configuration) -> [Self] {
        var trials: [Self] = []
        if let audit = configuration.log.audit {
            trials.append(Self("log.audit") { [PartReport("log.audit", outcome(of: audit, configuration))] })
        }
        let rules = configuration.passwords.rules.rules
        for case .breached(let path) in rules {
            // Whoever comes here has opened it: its head and its length are right.
            trials.append(
                Self("passwords.breached.file") {
                    [PartReport("passwords.breached.file", .works("\(path): is a filter"))]
                })
        }
        return trials
    }

    private static func outcome(of audit: LogTable.Audit, _ configuration: Configuration) -> PartReport.Outcome {
        switch audit {
        case .standardError: return .works("standard error")
        case .file(let path):
            return Files.problem(withAppending: path).map { .fails($0) } ?? .works("\(path): can be written")
        case .journald(let path), .syslog(let path):
            do throws(Failure) {
                try AuditFile(configuration)?.requireWritable()
                return .works("\(path): takes messages")
            } catch {
                return .fails(error.message)
            }
        }
    }
}

extension Files {
    /// Why a SQLite file at this path cannot be used; `nil` if it can, as far as the file system says.
    static func problem(withDatabase path: String) -> String? {
        let folder = folder(of: path)
        guard exists(folder) else { return "\(path): there is no folder \(folder)" }
        if exists(path), let reason = refusal(path, R_OK | W_OK) {
            return "\(path): cannot be read and written by \(user): \(reason)"
        }
        // SQLite puts files beside it.
        return refusal(folder, W_OK | X_OK).map { reason in
            "\(path): no file can be made in its folder \(folder) by \(user): \(reason)"
        }
    }

    /// Why nothing can be appended to a file at this path; `nil` if it can.
    static func problem(withAppending path: String) -> String? {
        let refused = exists(path) ? refusal(path, W_OK) : refusal(folder(of: path), W_OK | X_OK)
        return refused.map { "\(path): cannot be written by \(user): \($0)" }
    }

    /// What the system says against a use of a file or a folder; `nil` for nothing.
    static func refusal(_ path: String, _ use: Int32) -> String? {
        unsafe access(path, use) == 0 ? nil : reason()
    }

    /// Who the trials are made as: the daemon may be somebody else.
    private static var user: String {
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
            return "uid \(geteuid())"
        }
        return unsafe String(cString: name)
    }
}
