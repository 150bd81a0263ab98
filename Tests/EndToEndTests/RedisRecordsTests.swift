internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("What lies in Redis")
    struct RedisRecordsTests {
        @Test("holds neither a cookie value nor anything readable about a person")
        func dump() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            _ = try stack.arrival("/headers.json", cookie: cookie)
            let token = String(try #require(cookie.split(separator: "=", maxSplits: 1).last))
            // Uncompressed, so that nothing hides in it.
            try stack.redis.expectOK(["CONFIG", "SET", "rdbcompression", "no"])
            try stack.redis.expectOK(["SAVE"])
            let name = try stack.redis.value(["CONFIG", "GET", "dir"])
            let dump = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(name)/dump.rdb")))
            #expect(dump.firstRange(of: Array("gh:s:".utf8)) != nil)
            #expect(dump.firstRange(of: Array("gh:u:".utf8)) != nil)
            let octets = try #require(Data(base64Encoded: base64(token)))
            let hex = octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            for secret in [
                token, String(token.prefix(12)), base64(token), hex, hex.uppercased(), "alice", "ALICE", "editors",
                "pages.change_page", "change_page", Stack.Person.alice.password,
            ] {
                #expect(dump.firstRange(of: Array(secret.utf8)) == nil, "the dump holds \(secret.prefix(4))…")
            }
            #expect(dump.firstRange(of: [UInt8](octets)) == nil)
            #expect(dump.firstRange(of: [UInt8](octets.prefix(8))) == nil)

            // Everything that is kept ends by itself.
            for key in try stack.redis.keys("*") {
                #expect(try stack.redis.reply(to: ["PTTL", key]).hasPrefix(":-") == false, "\(key) never ends")
            }
        }

        @Test("gives no session when a record was moved to another key")
        func moved() async throws {
            let stack = try await Stack.start(stores: .redis, people: [.alice, .carol])
            defer { stack.stop() }
            let alice = try SignIn(stack: stack).cookie(.alice)
            let keyOfAlice = try #require(try stack.redis.keys("gh:s:*").first)
            let carol = try SignIn(stack: stack).cookie(.carol)
            let keyOfCarol = try #require(try stack.redis.keys("gh:s:*").first { $0 != keyOfAlice })
            #expect(try stack.arrival("/headers.json", cookie: alice).all("Remote-User") == ["alice"])
            #expect(try stack.arrival("/finance/headers.json", cookie: carol).all("Remote-User") == ["carol"])
            #expect(try stack.redis.reply(to: ["COPY", keyOfCarol, keyOfAlice, "REPLACE"]) == ":1\r\n")
            #expect(try stack.page("/finance/headers.json", cookie: alice).status != 200)
            #expect(try stack.page("/headers.json", cookie: alice).status != 200)
            #expect(try stack.arrival("/headers.json", cookie: carol).all("Remote-User") == ["carol"])

            // The same with what is known of a person.
            let people = try stack.redis.keys("gh:u:*").sorted()
            #expect(people.count == 2)
            for (from, to) in [(people[0], people[1]), (people[1], people[0])] {
                try stack.redis.expectOK(["RENAME", to, "aside"])
                _ = try stack.redis.reply(to: ["COPY", from, to])
                let answer = try stack.page("/headers.json", cookie: carol)
                if answer.status == 200 { #expect(try Arrival(answer).all("Remote-User") == ["carol"]) }
                try stack.redis.expectOK(["RENAME", "aside", to])
            }
        }

        @Test("costs nobody else anything when it is no record: a list or 50 MB under a session's key")
        func unfit() async throws {
            let stack = try await Stack.start(stores: .redis, people: [.alice, .carol])
            defer { stack.stop() }
            let alice = try SignIn(stack: stack).cookie(.alice)
            let key = try #require(try stack.redis.keys("gh:s:*").first)
            let carol = try SignIn(stack: stack).cookie(.carol)
            for command in [["RPUSH", key, "x"], ["SETRANGE", key, "50000000", "x"]] {
                _ = try stack.redis.reply(to: ["DEL", key])
                #expect(try stack.redis.reply(to: command).hasPrefix(":"))
                for _ in 0..<20 {
                    #expect(try stack.page("/headers.json", cookie: alice).status == 303)
                    #expect(try stack.page("/finance/headers.json", cookie: carol).status == 200)
                }
            }
            #expect(stack.isReady)
            let again = try SignIn(stack: stack).cookie(.alice)
            #expect(try stack.arrival("/headers.json", cookie: again).all("Remote-User") == ["alice"])
        }

        @Test("gives no session when one bit of a record was altered")
        func altered() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let key = try #require(try stack.redis.keys("gh:s:*").first)
            let length = try #require(Int(try stack.redis.reply(to: ["STRLEN", key]).filter(\.isNumber)))
            #expect(length > 28)
            for bit in 0..<(length * 8) {
                let old = try stack.redis.reply(to: ["GETBIT", key, "\(bit)"]) == ":1\r\n"
                _ = try stack.redis.reply(to: ["SETBIT", key, "\(bit)", old ? "0" : "1"])
                let answer = try stack.page("/headers.json", cookie: cookie)
                #expect(answer.status != 200, "bit \(bit) of \(length * 8)")
                _ = try stack.redis.reply(to: ["SETBIT", key, "\(bit)", old ? "1" : "0"])
            }
            #expect(try stack.arrival("/headers.json", cookie: cookie).all("Remote-User") == ["alice"])
        }

        private func base64(_ token: String) -> String {
            token.replacing("-", with: "+").replacing("_", with: "/") + "="
        }
    }
}

extension RedisServer {
    func keys(_ pattern: String) throws -> [String] { try texts(["KEYS", pattern]) }

    /// The last text of a reply, such as the value of a setting.
    func value(_ command: [String]) throws -> String { try #require(try texts(command).last) }

    func expectOK(_ command: [String]) throws { #expect(try reply(to: command) == "+OK\r\n", "\(command)") }

    /// The bulk strings of a reply.
    private func texts(_ command: [String]) throws -> [String] {
        let lines = try reply(to: command).components(separatedBy: "\r\n")
        return zip(lines, lines.dropFirst()).filter { $0.0.hasPrefix("$") }.map(\.1)
    }
}
