import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseRedis

/// An answer to one `GET` that no Redis gives.
struct HostileAnswer: CustomTestStringConvertible {
    let testDescription: String
    let text: String

    static let all: [HostileAnswer] = [
        HostileAnswer(testDescription: "garbage", text: "HTTP/1.1 200 OK\r\n\r\n"),
        HostileAnswer(testDescription: "zero octets", text: "\0\0\0\0"),
        HostileAnswer(testDescription: "RESP3", text: "%1\r\n+a\r\n+b\r\n"),
        HostileAnswer(testDescription: "a bulk string of 1 MiB and an octet", text: "$1048577\r\n"),
        HostileAnswer(testDescription: "a bulk string of 1 GiB", text: "$1073741824\r\nxx"),
        HostileAnswer(testDescription: "the longest bulk string", text: "$9223372036854775807\r\nxx"),
        HostileAnswer(testDescription: "a length beyond 64 bits", text: "$99999999999999999999999999\r\n"),
        HostileAnswer(testDescription: "a length without end", text: "$" + String(repeating: "0", count: 50)),
        HostileAnswer(testDescription: "a negative length", text: "$-2\r\n"),
        HostileAnswer(testDescription: "no length", text: "$\r\n\r\n"),
        HostileAnswer(testDescription: "an array of 1,025", text: "*1025\r\n"),
        HostileAnswer(testDescription: "an array of 2^31", text: "*2147483648\r\n"),
        HostileAnswer(testDescription: "the longest array", text: "*9223372036854775807\r\n"),
        HostileAnswer(testDescription: "a negative array", text: "*-5\r\n"),
        HostileAnswer(testDescription: "deep nesting", text: String(repeating: "*1\r\n", count: 10) + ":1\r\n"),
        HostileAnswer(
            testDescription: "a wide tree",
            text: String(repeating: "*1024\r\n", count: 7) + String(repeating: "+x\r\n", count: 150_000)),
        HostileAnswer(testDescription: "an endless line", text: "+" + String(repeating: "x", count: 1_100_000)),
        HostileAnswer(testDescription: "no number", text: ":12x\r\n"),
        HostileAnswer(testDescription: "a reply too many", text: "$-1\r\n$-1\r\n"),
    ]
}

@Suite("A hostile server")
struct HostileServerTests {
    @Test("loses the connection by breaking the protocol", arguments: HostileAnswer.all)
    func hostile(answer: HostileAnswer) async throws {
        let server = try await ScriptedServer.start { _ in Array(answer.text.utf8) }
        let link = try await LinkOnLoop(server.settings)
        #expect(try await link.connected())
        _ = try await link.read("gh:a")
        #expect(await eventually { server.ended > 0 })
        #expect(await eventually { link.log.count(containing: "broke the protocol") == 1 })
        try await link.close()
        try await server.stop()
    }

    @Test("that does not finish its reply is given up in time")
    func partial() async throws {
        let server = try await ScriptedServer.start { _ in Array("$5\r\nab".utf8) }
        var settings = server.settings
        settings.commandDeadline = .milliseconds(250)
        let link = try await LinkOnLoop(settings)
        #expect(try await link.connected())
        let (reading, duration) = try await link.timedRead("gh:a")
        #expect(!reading.isAvailable)
        #expect(duration < .seconds(1))
        #expect(link.log.count(containing: "no reply in time") == 1)
        try await link.close()
        try await server.stop()
    }

    @Test("that answers the set-up with something else is not used")
    func oddSetup() async throws {
        let server = try await ScriptedServer.start { _ in nil }
        var settings = server.settings
        settings.commandDeadline = .milliseconds(100)
        let link = try await LinkOnLoop(settings)
        #expect(try await !link.read("gh:a").isAvailable)
        #expect(link.log.count(containing: "no connection in time") == 1)
        try await link.close()
        try await server.stop()
    }
}
