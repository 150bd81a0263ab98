internal import ArgumentParser
private import GatehouseConfig
internal import GatehouseCore
internal import GatehouseListener
internal import GatehouseServer
internal import GatehouseTerminal
private import Glibc
internal import NIOCore
internal import NIOPosix

/// `gatehouse health`: asks the running daemon whether it is ready; for container health checks.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the running daemon whether it is ready.",
        discussion: """
            Prints a line for each part: `store: ok`, or what is wrong with it. It asks the first address of admin.listen that \
            answers, a Unix socket as well, with the configuration that serve finds; within two seconds for each.

            Exit codes: 0 ready, 1 not ready, 2 configuration, 3 no answer from the admin listener.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let answer = try await Health.answer(of: configuration.admin.listen)
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        for line in (parts.count > 1 ? parts[1] : "").split(separator: "\n") { print(String(line)) }
        guard answer.utf8.starts(with: "HTTP/1.1 200 ".utf8) else { throw Failure.refused("not ready") }
        print("ready")
    }

    /// The answer of the first address that gives one.
    private static func answer(of addresses: [ListenAddress]) async throws(Failure) -> String {
        var complaints: [String] = []
        for address in addresses {
            do {
                let answer = try await AdminClient.get("/readyz?verbose", from: address)
                if !answer.isEmpty { return answer }
                complaints.append("\(address): no answer (nothing came in time)")
            } catch {
                let reason =
                    (error as? IOError).map { unsafe String(cString: strerror($0.errnoCode)) } ?? "nothing came in time"
                complaints.append("\(address): no answer (\(reason))")
            }
        }
        guard !complaints.isEmpty else { throw .usage("admin.listen names no address to ask") }
        throw .unknown("\(complaints.joined(separator: "; ")): is the daemon running?")
    }
}

/// One request to the admin listener.
enum AdminClient {
    /// The whole answer, head and body, at most 64 KiB, within two seconds.
    static func get(_ path: String, from address: ListenAddress) async throws -> String {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(1))
            .connect(to: address.socketAddress()) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let deadline = channel.channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.channel.close(promise: nil) }
        defer { deadline.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            var answer = ByteBuffer()
            for try await var part in inbound {
                answer.writeBuffer(&part)
                if answer.readableBytes > 65_536 { break }
            }
            return String(buffer: answer)
        }
    }
}
