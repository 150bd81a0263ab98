internal import ArgumentParser

/// `gatehouse audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check a chained audit file, and list what can stand in one.",
        subcommands: [AuditVerify.self, AuditEvents.self])
}
