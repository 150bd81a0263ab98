internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
private import GatehouseRedis
private import GatehouseSessions
private import Logging
private import NIOPosix

/// `gatehouse session`.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "End sessions.", subcommands: [SessionEnd.self])
}

/// `gatehouse session end`.
struct SessionEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End every session of a person, at once and everywhere.",
        discussion: "Exit codes: 0 done, 1 no such person, 3 the store or the database gave no answer.")

    @Argument(help: "The name they sign in with.")
    var name: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireTables()
        let count = try await SessionEnd.end(try await people.reference(name), configuration)
        print("Ended \(count) session\(count == 1 ? "" : "s") of \(name).")
    }

    /// Raises the user's epoch and removes the records.
    static func end(_ user: UserReference, _ configuration: Configuration) async throws -> Int {
        let logger = Logger(label: "gatehouse") { LineLog(label: $0, format: .text, level: .error) }
        let parts = try SessionParts(configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        let count: Int
        do { count = try await parts.keeper.endAll(of: user, now: WallClock.now()) } catch {
            throw Failure.unknown("sessions.store: \(error); the sessions may still be alive")
        }
        await parts.store.close()
        return count
    }
}
