import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("The parser of replies")
struct ReplyParserTests {
    private static let stream =
        "+OK\r\n+PONG\r\n:-42\r\n$-1\r\n$0\r\n\r\n$4\r\na\r\nb\r\n*-1\r\n*0\r\n-NOSCRIPT No matching\r\n-WHAT\r\n"
        + "*3\r\n*2\r\n:1\r\n*0\r\n$1\r\nx\r\n*1\r\n*1\r\n$-1\r\n"

    private static let replies: [RedisReply] = [
        .ok, .status, .integer(-42), .null, .bulk([]), .bulk(Array("a\r\nb".utf8)), .null, .array([]),
        .error(.noScript), .error(.other),
        .array([.array([.integer(1), .array([])]), .bulk([120]), .array([.array([.null])])]),
    ]

    @Test("reads every kind of reply, in pieces of any size", arguments: [1, 2, 3, 7, 10_000])
    func pieces(size: Int) throws {
        var parser = try ReplyParser()
        var found: [RedisReply] = []
        var rest = Array(Self.stream.utf8)[...]
        while !rest.isEmpty {
            var buffer = ByteBuffer(bytes: rest.prefix(size))
            rest = rest.dropFirst(size)
            while let reply = try parser.next(from: &buffer) { found.append(reply) }
        }
        #expect(found == Self.replies)
    }

    @Test("takes what is just within the limits")
    func limits() throws {
        var parser = try ReplyParser()
        let bulk = [UInt8](repeating: 7, count: 1 << 20)
        var buffer = ByteBuffer(string: "$1048576\r\n")
        buffer.writeBytes(bulk)
        buffer.writeString("\r\n*1024\r\n" + String(repeating: ":1\r\n", count: 1_024))
        buffer.writeString(String(repeating: "*1\r\n", count: 7) + ":5\r\n")
        #expect(try parser.next(from: &buffer) == .bulk(bulk))
        #expect(try parser.next(from: &buffer) == .array([RedisReply](repeating: .integer(1), count: 1_024)))
        let nested = (0..<7).reduce(RedisReply.integer(5)) { inner, _ in .array([inner]) }
        #expect(try parser.next(from: &buffer) == nested)
        #expect(try parser.next(from: &buffer) == nil)
    }

    @Test("survives any octets")
    func randomOctets() throws {
        let alphabet = Array("$*:+-0123456789\r\n\r\n\r\nOKx".utf8)
        for _ in 0..<20_000 {
            var parser = try ReplyParser()
            let octets = (0..<Int.random(in: 1...40)).compactMap { _ in alphabet.randomElement() }
            var buffer = ByteBuffer(bytes: octets)
            do {
                while try parser.next(from: &buffer) != nil {}
            } catch {
                #expect(error == .malformed)
            }
        }
    }

    @Test("knows the first word of an error, and of a missing right whether it is one to a key")
    func errorCodes() {
        for code in RedisErrorCode.allCases where code != .other && code != .keyNotPermitted {
            #expect(RedisErrorCode(line: Array("\(code.rawValue) and more".utf8).span) == code)
            #expect(RedisErrorCode(line: Array(code.rawValue.utf8).span) == code)
            #expect(RedisErrorCode(line: Array("\(code.rawValue)X".utf8).span) == .other)
        }
        #expect(RedisErrorCode(line: [UInt8]().span) == .other)
        // The words of Redis 6, 7.0 and 7.2.
        for (words, code) in [
            (
                "this user has no permissions to access one of the keys used as arguments",
                RedisErrorCode.keyNotPermitted
            ),
            ("No permissions to access a key", .keyNotPermitted),
            ("this user has no permissions to run the 'getrange' command or its subcommand", .notPermitted),
            ("User gatehouse has no permissions to run the 'keys' command", .notPermitted),
        ] {
            #expect(RedisErrorCode(line: Array("NOPERM \(words)".utf8).span) == code)
        }
    }
}
