internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseMail
internal import GatehouseOutbound
internal import GatehouseSystem
internal import GatehouseTerminal
internal import Glibc
internal import Logging

/// How people are written to.
extension PartTrials.Trial {
    static func mail(_ configuration: Configuration, isOnline: Bool) -> [Self] {
        guard let mail = configuration.mail else { return [] }
        return [Self("mail", within: patience + .seconds(1)) { [await tried(mail, configuration, isOnline: isOnline)] }]
    }

    /// Mail servers take their time before they say that a password is wrong, and are tried with it in more than one way.
    private static let patience = Duration.seconds(10)

    private static func tried(
        _ mail: MailTable, _ configuration: Configuration, isOnline: Bool
    ) async -> PartReport {
        if let refusal = refusal(configuration) { return refusal }
        switch mail.backend {
        case .standardOutput: return PartReport("mail", .works("mails are printed"))
        case .file(let folder):
            if let reason = Files.refusal(folder, W_OK | X_OK) {
                return PartReport("mail.folder", .fails("\(folder): no file can be made there: \(reason)"))
            }
            return PartReport("mail.folder", .works("\(folder): takes files"))
        case .smtp(let smtp):
            guard isOnline else { return PartReport("mail", .leftOut("--online greets \(smtp.url)")) }
            return await greeted(smtp, configuration)
        }
    }

    /// Why the daemon would not start with these mails.
    private static func refusal(_ configuration: Configuration) -> PartReport? {
        do throws(Failure) {
            _ = try configuration.makeOutbox(Logger(label: "gatehouse.check") { _ in SwiftLogNoOpLogHandler() })
            return nil
        } catch {
            // The key comes first.
            let parts = error.message.split(separator: ": ", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].hasPrefix("mail.") else {
                return PartReport("mail", .fails(error.message))
            }
            return PartReport(parts[0], .fails(parts[1]))
        }
    }

    private static func greeted(_ smtp: MailTable.SMTP, _ configuration: Configuration) async -> PartReport {
        let server = SMTPServer(smtp, of: configuration, timeout: patience)
        let result: Result<Void, OutboundError>
        do throws(BackendError) {
            result = try await WorkerPool(workers: 1, memoryBudgetKiB: 1).run(memoryKiB: 0) {
                do throws(OutboundError) { return .success(try Outbound.greet(server)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            return PartReport("mail", .fails("\(error)"))
        }
        switch result {
        case .success:
            let encryption = smtp.startsTLS || smtp.url.utf8.starts(with: "smtps".utf8) ? ", over TLS" : ""
            let name = smtp.username.map { " and takes the password of \(shown($0))" } ?? ""
            return PartReport("mail", .works("\(smtp.url): greets\(encryption)\(name); nothing was sent"))
        case .failure(let error):
            // The server may repeat what it was told.
            let reason = ServerWords.shown(error.reason, username: server.username, password: server.password)
            return PartReport(part(of: error), .fails("\(smtp.url): \(reason)"))
        }
    }

    /// The key to look at, as far as libcurl's words tell it.
    private static func part(of error: OutboundError) -> String {
        let words = error.reason.lowercased()
        if words.contains("login denied") || words.contains("authentication") { return "mail.password" }
        if words.contains("certificate") || words.contains("subject name") { return "mail.ca_file" }
        if words.contains("ssl") || words.contains("tls") { return "mail.encryption" }
        if words.contains("resolve") || words.contains("connect") { return "mail.host" }
        return "mail"
    }
}
