import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseThrottle

@Suite("Throttling sign-ins")
struct ThrottleTests {
    @Test("lets a stranger at one address make few attempts, with growing pauses")
    func pauses() async throws {
        let it = try Throttling()
        for _ in 0..<3 { #expect(try await it.tryOnce("alice") == nil) }
        for pause in [1, 2, 4] {
            it.clock.advance(by: .seconds(pause) - .milliseconds(1))
            #expect(try await it.tryOnce("alice") == .name)
            it.clock.advance(by: .milliseconds(1))
            #expect(try await it.tryOnce("alice") == nil)
        }
        it.clock.advance(by: .seconds(100))
        #expect(try await it.tryOnce("alice") == .name)
        it.clock.advance(by: .seconds(200))
        #expect(try await it.tryOnce("alice") == nil)
    }

    @Test("bounds what costs no password for each address, one kind apart from the other")
    func errands() async throws {
        let it = try Throttling()
        let (here, there) = (
            ClientAddress.known(try #require(IPAddress("203.0.113.9"))),
            ClientAddress.known(try #require(IPAddress("203.0.113.10")))
        )
        for _ in 0..<30 { #expect(try await it.throttle.admit(.start, from: here, now: it.clock.now) == nil) }
        #expect(try await it.throttle.admit(.start, from: here, now: it.clock.now) == .seconds(300))
        #expect(try await it.throttle.admit(.start, from: there, now: it.clock.now) == nil)
        for _ in 0..<60 { #expect(try await it.throttle.admit(.message, from: here, now: it.clock.now) == nil) }
        #expect(try await it.throttle.admit(.message, from: here, now: it.clock.now) == .seconds(60))
        #expect(try await it.tryOnce("alice", from: "203.0.113.9") == nil)
        // 48 bits of IPv6 have ten times as much as 64 of them.
        var admitted = 0
        for block in 0..<20 {
            let client = ClientAddress.known(try #require(IPAddress("2001:db8:0:\(block)::1")))
            for _ in 0..<30 where try await it.throttle.admit(.start, from: client, now: it.clock.now) == nil {
                admitted += 1
            }
        }
        #expect(admitted == 300)
        it.clock.advance(by: .seconds(300))
        #expect(try await it.throttle.admit(.start, from: here, now: it.clock.now) == nil)
    }

    @Test("leaves the owner room elsewhere, and a known device all of its own")
    func owner() async throws {
        let it = try Throttling()
        #expect(try await it.admitted("alice", from: { _ in "203.0.113.9" }, attempts: 100) == 6)
        #expect(try await it.tryOnce("alice", from: "198.51.100.7") == nil)
        // Many addresses use up what unknown devices have together, and never more than that.
        #expect(try await it.admitted("alice", from: { "203.0.113.\($0)" }, attempts: 200) <= 10 - 7)
        #expect(try await it.tryOnce("alice", from: "198.51.100.7") == .name)
        let device = Octets16(high: 1, low: 2)
        #expect(try await it.tryOnce("alice", from: "203.0.113.9", device: device) == nil)
    }

    @Test("gives a known device ten attempts in five minutes, and one each quarter of an hour after a hundred")
    func device() async throws {
        let it = try Throttling()
        let device = Octets16(high: 1, low: 2)
        var admitted = 0
        for _ in 0..<300 {
            if try await it.tryOnce("alice", device: device) == nil { admitted += 1 }
            it.clock.advance(by: .seconds(1))
        }
        #expect(admitted == 10)
        while admitted < 100 {
            if try await it.tryOnce("alice", device: device) == nil { admitted += 1 }
            it.clock.advance(by: .seconds(31))
        }
        it.clock.advance(by: .seconds(600))
        #expect(try await it.tryOnce("alice", device: device) == .device)
        it.clock.advance(by: .seconds(300))
        #expect(try await it.tryOnce("alice", device: device) == nil)
        it.clock.advance(by: .seconds(301))
        #expect(try await it.tryOnce("alice", device: device) == .device)
    }

    @Test("gives all known devices of a name three times as much as one, and those at one address a hundred attempts")
    func devices() async throws {
        let it = try Throttling()
        var admitted = 0
        for index in 0..<100 {
            let device = Octets16(high: 1, low: UInt64(index))
            let scope = try await it.tryOnce("alice", from: "203.0.113.\(index)", device: device)
            #expect(scope == nil || scope == .device)
            if scope == nil { admitted += 1 }
        }
        #expect(admitted == 30)
        admitted = 0
        for index in 0..<150 {
            let device = Octets16(high: 2, low: UInt64(index))
            if try await it.tryOnce(UTF8Text("user\(index)"), from: "192.0.2.1", device: device) == nil {
                admitted += 1
            }
        }
        #expect(admitted == 100)
        // Neither is used up by strangers, or they by it.
        #expect(try await it.tryOnce("alice", from: "192.0.2.1") == nil)
        for index in 0..<120 { _ = try await it.tryOnce(UTF8Text("name\(index)"), from: "192.0.2.2") }
        let device = Octets16(high: 3, low: 3)
        #expect(try await it.tryOnce("bob", from: "192.0.2.2", device: device) == nil)
    }

    @Test(
        "counts every spelling of a name as one",
        arguments: [
            "ALICE", " alice ", "al\u{00AD}ice", "ali\u{200B}ce", "\u{FF41}lice", "alíce", "ali\u{0301}ce", "a l i c e",
            "alice\t",
        ])
    func spellings(name: String) async throws {
        let it = try Throttling()
        for _ in 0..<3 { #expect(try await it.tryOnce("alice") == nil) }
        #expect(try await it.tryOnce(UTF8Text(name)) == .name)
        #expect(try await it.tryOnce("bob") == nil)
    }

    @Test("counts an IPv4 address in every spelling, and 64 bits of an IPv6 address, as one client")
    func blocks() async throws {
        let it = try Throttling()
        for _ in 0..<3 { #expect(try await it.tryOnce("alice", from: "192.0.2.1") == nil) }
        #expect(try await it.tryOnce("alice", from: "::ffff:192.0.2.1") == .name)
        for index in 1...3 { #expect(try await it.tryOnce("bob", from: "2001:db8:0:1::\(index)") == nil) }
        #expect(try await it.tryOnce("bob", from: "2001:db8:0:1:ffff::1") == .name)
        #expect(try await it.tryOnce("bob", from: "2001:db8:0:2::1") == nil)
    }

    @Test("gives one address a hundred attempts, and 48 bits of IPv6 ten times that, whatever the names")
    func addresses() async throws {
        let it = try Throttling()
        for index in 0..<100 { #expect(try await it.tryOnce(UTF8Text("user\(index)")) == nil) }
        #expect(try await it.tryOnce("another") == .address)
        #expect(try await it.tryOnce("another", from: "192.0.2.2") == nil)
        var admitted = 0
        for index in 0..<1_200 {
            let from = "2001:db8:7:\(String(index % 20, radix: 16))::1"
            if try await it.tryOnce(UTF8Text("v6-\(index)"), from: from) == nil { admitted += 1 }
        }
        #expect(admitted == 1_000)
    }

    @Test("refuses no name for what the limit of its address refused")
    func notCountedTwice() async throws {
        let it = try Throttling()
        for index in 0..<100 { #expect(try await it.tryOnce(UTF8Text("user\(index)")) == nil) }
        for _ in 0..<20 { #expect(try await it.tryOnce("alice") == .address) }
        for _ in 0..<3 { #expect(try await it.tryOnce("alice", from: "192.0.2.2") == nil) }
    }

    @Test("ends a row of failures with a success, which forgets none of those within the window")
    func success() async throws {
        let it = try Throttling()
        for _ in 0..<2 { #expect(try await it.tryOnce("alice") == nil) }
        guard
            case .admitted(let attempt) = try await it.throttle.admit(
                "alice", from: Throttling.client("192.0.2.1"), device: nil, now: it.clock.now)
        else { throw Unexpected() }
        try await it.throttle.succeeded(attempt)
        // The one that was right is not counted, the two before it are.
        #expect(try await it.tryOnce("alice") == nil)
        #expect(try await it.tryOnce("alice") == .name)
    }

    @Test("lets a success in between keep a name from the slow pace of those that failed a hundred times")
    func row() async throws {
        let it = try Throttling()
        for index in 0..<250 {
            let from = Throttling.client("198.51.100.\(index)")
            guard
                case .admitted(let attempt) = try await it.throttle.admit(
                    "alice", from: from, device: nil, now: it.clock.now)
            else { return #expect(Bool(false), "attempt \(index)") }
            if index % 50 == 49 { try await it.throttle.succeeded(attempt) }
            it.clock.advance(by: .seconds(61))
        }
    }

    @Test("takes back what was not found out")
    func undone() async throws {
        let it = try Throttling()
        for _ in 0..<50 {
            guard
                case .admitted(let attempt) = try await it.throttle.admit(
                    "alice", from: Throttling.client("2001:db8::1"), device: nil, now: it.clock.now)
            else { throw Unexpected() }
            try await it.throttle.undone(attempt)
        }
        #expect(it.store.dump.isEmpty)
    }

    @Test("keeps no name and no address that could be read, and nothing for ever")
    func dump() async throws {
        let it = try Throttling()
        for _ in 0..<5 { _ = try await it.tryOnce("alice", from: "192.0.2.1") }
        for (key, value) in it.store.dump {
            for text in ["alice", "192.0.2.1"] {
                #expect(!key.description.contains(text))
                #expect(!String(decoding: value, as: UTF8.self).contains(text))
            }
        }
        it.clock.advance(by: .seconds(31 * 86_400))
        #expect(it.store.dump.isEmpty)
    }

    @Test("keeps made-up names for minutes, and those that failed often for a month")
    func madeUpNames() async throws {
        let it = try Throttling()
        for index in 0..<600 {
            #expect(try await it.tryOnce(UTF8Text("name\(index)"), from: "198.18.\(index / 200).\(index % 200)") == nil)
        }
        #expect(it.store.dump.count == 1_800)
        it.clock.advance(by: .seconds(300))
        #expect(it.store.dump.count == 600)
        it.clock.advance(by: .seconds(600))
        #expect(it.store.dump.isEmpty)
        for index in 0..<100 {
            #expect(try await it.tryOnce("alice", from: "198.19.0.\(index)") == nil)
            it.clock.advance(by: .seconds(61))
        }
        it.clock.advance(by: .seconds(29 * 86_400))
        #expect(it.store.dump.count == 1)
    }

    @Test("holds nobody up for attempts from before the clock was set back")
    func clockSetBack() async throws {
        let it = try Throttling()
        it.clock.advance(by: .seconds(7_200))
        for _ in 0..<20 { _ = try await it.tryOnce("alice") }
        #expect(try await it.tryOnce("alice") == .name)
        it.clock.advance(by: .seconds(-3_600))
        #expect(try await it.tryOnce("alice") == nil)
        #expect(try await it.throttle.list(["alice"], now: it.clock.now).first?.recent == 1)
    }

    @Test("admits nobody while the store gives no answer")
    func down() async throws {
        let it = try Throttling()
        it.store.isAvailable = false
        await #expect(throws: StoreError.self) { try await it.tryOnce("alice") }
        await #expect(throws: StoreError.self) {
            try await it.throttle.admitMail(to: "alice", from: .unknown, now: it.clock.now)
        }
    }

    @Test("sends an account three mails an hour, and a client ten")
    func mails() async throws {
        let it = try Throttling()
        func asks(_ name: UTF8Text, _ client: String) async throws -> Bool {
            try await it.throttle.admitMail(to: name, from: Throttling.client(client), now: it.clock.now)
        }
        for index in 0..<3 { #expect(try await asks("alice", "192.0.2.\(index)")) }
        #expect(try await asks("Alice", "192.0.2.7") == false)
        for index in 0..<10 { #expect(try await asks(UTF8Text("user\(index)"), "192.0.2.9")) }
        #expect(try await asks("bob", "192.0.2.9") == false)
        #expect(try await asks("bob", "192.0.2.10"))
        it.clock.advance(by: .seconds(3_600))
        #expect(try await asks("alice", "192.0.2.9"))
    }

    @Test("tells an operator who was refused, and forgets it when told to")
    func administration() async throws {
        let it = try Throttling()
        for _ in 0..<5 { _ = try await it.tryOnce("Alice", from: "192.0.2.1") }
        for _ in 0..<5 { _ = try await it.tryOnce("not a name", from: "192.0.2.2") }
        for index in 0..<101 { _ = try await it.tryOnce(UTF8Text("u\(index)"), from: "2001:db8::5") }
        let listed = try await it.throttle.list(["alice", "bob"], now: it.clock.now)
        #expect(Set(listed.map(\.block.description)) == ["192.0.2.1", "192.0.2.2", "2001:db8::/64"])
        #expect(listed.first { $0.block.description == "192.0.2.1" }?.subject == .name("alice"))
        #expect(listed.first { $0.block.description == "192.0.2.1" }?.wait == .seconds(1))
        #expect(listed.first { $0.block.description == "2001:db8::/64" }?.subject == .address)
        guard case .otherName? = listed.first(where: { $0.block.description == "192.0.2.2" })?.subject else {
            throw Unexpected()
        }
        try await it.throttle.clear("alice")
        #expect(try await it.tryOnce("alice", from: "192.0.2.1") == nil)
        try await it.throttle.clear(try #require(AddressBlock(text: "2001:db8::/64")))
        #expect(try await it.tryOnce("fresh", from: "2001:db8::5") == nil)
        it.clock.advance(by: .seconds(86_401))
        #expect(try await it.throttle.list(["alice"], now: it.clock.now).isEmpty)
    }

    private struct Unexpected: Error {}
}
