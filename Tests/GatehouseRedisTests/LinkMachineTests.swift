import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("A link to Redis as a state machine")
struct LinkMachineTests {
    // MARK: - Connecting

    @Test("starts once, sets a connection up, and is ready with the last reply")
    func setUp() {
        let rig = LinkRig(password: "secret", database: 3)
        #expect(rig.machine.nextWake == nil && !rig.machine.isReady)
        #expect(rig.machine.start(rig.now) == 1)
        #expect(rig.machine.start(rig.now) == nil)
        #expect(rig.wakesIn == 1_000)
        rig.advance(400)
        let text = rig.connected(1)
        let names = ["AUTH", "SELECT", "SETNAME", "PING"].filter { text?.contains("\r\n\($0)\r\n") == true }
        #expect(names == ["AUTH", "SELECT", "SETNAME", "PING"])
        #expect(rig.wakesIn == 250, "the set-up has a time of its own")
        #expect(rig.connected(1) == nil, "one attempt leads to one connection")
        for reply in [RedisReply.ok, .ok, .ok] { #expect(rig.received(reply) == .nothing) }
        #expect(!rig.machine.isReady)
        #expect(rig.received(.status) == .ready)
        #expect(rig.machine.isReady && rig.machine.lastFault == nil && rig.machine.nextWake == nil)
    }

    @Test("gives a connection up whose set-up is refused or answered with something else")
    func refusedSetUp() {
        for (replies, fault) in [
            ([.error(.wrongPassword)], .refused(.authenticate, .wrongPassword)),
            ([.ok, .error(.generic)], .refused(.select, .generic)),
            ([.ok, .ok, .error(.notPermitted), .error(.loading)], .refused(.ping, .loading)),
            ([.integer(1)], .unexpectedSetupReply), ([.ok, .null], .unexpectedSetupReply),
        ] as [([RedisReply], LinkFault)] {
            let rig = LinkRig(password: "secret", database: 3)
            _ = rig.machine.start(rig.now)
            _ = rig.connected(1)
            for reply in replies.dropLast() { #expect(rig.received(reply) == .nothing) }
            #expect(replies.last.map { rig.received($0) } == .end(fault, wasReady: false))
            #expect(rig.machine.lastFault == fault)
            #expect(rig.received(.ok) == .nothing, "what still comes counts for nothing")
        }
        let unnamed = LinkRig.settingUp()
        #expect(unnamed.received(.error(.notPermitted)) == .nothing, "the name is not insisted on")
        #expect(unnamed.received(.status) == .ready)
    }

    private func hello(_ role: String) -> RedisReply {
        .array(["server", "redis", "proto", "2", "role", role, "modules"].map { .bulk(Array($0.utf8)) } + [.array([])])
    }

    @Test("wants to hear from a server that Sentinel named that it is the master, and leaves it when it is none")
    func master() {
        let place = RedisPlace.master(SentinelSettings(addresses: [.tcp(host: "a", port: 1)], master: "m"))
        for (reply, fault) in [
            (hello("slave"), LinkFault.notMaster), (.array([.bulk(Array("role".utf8))]), .notMaster),
            (.array([]), .notMaster), (.ok, .unexpectedSetupReply), (.null, .unexpectedSetupReply),
            (.error(.generic), .refused(.role, .generic)),
        ] {
            let rig = LinkRig(place: place)
            _ = rig.machine.start(rig.now)
            #expect(rig.connected(1)?.contains("\r\nHELLO\r\n") == true)
            #expect(rig.received(.ok) == .nothing && rig.received(.status) == .nothing)
            #expect(rig.received(reply) == .end(fault, wasReady: false), "\(reply)")
        }
        let rig = LinkRig(place: place)
        _ = rig.machine.start(rig.now)
        _ = rig.connected(1)
        rig.becomeReady()
        #expect(rig.received(hello("master")) == .ready)
        #expect(rig.send("SET") && rig.read("a"))
        #expect(rig.received(.error(.readOnly)) == .end(.notMaster, wasReady: true))
        #expect(rig.told.all == ["SET: the server is a replica now", "a: unavailable"])
        // A server that was named by its address is what it is: the error is the command's own.
        let named = LinkRig.ready()
        #expect(named.send("SET") && named.received(.error(.readOnly)) == .told)
    }

    @Test("gives an attempt up that takes too long, in each of its halves, and makes another one")
    func attemptInTime() {
        for isSettingUp in [false, true] {
            let rig = isSettingUp ? LinkRig.settingUp() : .connecting()
            let time: Int64 = isSettingUp ? 250 : 1_000
            rig.advance(time - 1)
            #expect(rig.wake() == .nothing && rig.wakesIn == 1)
            rig.advance(1)
            #expect(rig.wake() == .end(.noConnectionInTime, wasReady: false))
            #expect(rig.wakesIn == 37, "three quarters of 50 ms at the least")
            rig.advance(36)
            #expect(rig.wake() == .nothing)
            rig.advance(1)
            #expect(rig.wake() == .connect(2))
            #expect(rig.wakesIn == 1_000)
            // What the first attempt still brings is not wanted.
            #expect(rig.connected(1) == nil)
            #expect(rig.failed(1, .failed("late")) == nil)
            #expect(rig.connected(2) != nil)
        }
    }

    @Test("tries again ever more slowly, up to a second, and says why it failed last")
    func failures() {
        let rig = LinkRig.connecting()
        for (number, pause) in [37, 75, 150, 300, 600, 750, 750].enumerated() {
            let attempt = UInt64(number + 1)
            #expect(
                rig.failed(attempt, .cannotConnect("\(number)")) == .end(.cannotConnect("\(number)"), wasReady: false))
            #expect(rig.machine.lastFault == .cannotConnect("\(number)"))
            #expect(rig.failed(attempt, .cannotConnect("again")) == nil)
            #expect(rig.wakesIn == Int64(pause))
            rig.advance(Int64(pause))
            #expect(rig.wake() == .connect(attempt + 1))
        }
    }

    @Test("lets nobody wait for an attempt after five failures in a row")
    func breaker() {
        let rig = LinkRig.connecting()
        for attempt in 1...5 {
            #expect(rig.read("a"))
            _ = rig.failed(UInt64(attempt), .failed("x"))
            #expect(!rig.read("a"), "between two attempts nobody waits")
            rig.advance(1_000)
            #expect(rig.wake() == .connect(UInt64(attempt + 1)))
        }
        #expect(!rig.read("a") && !rig.send("PING"))
        _ = rig.connected(6)
        #expect(!rig.read("a"))
        rig.becomeReady()
        #expect(rig.read("a"))
        // A connection that dies at once proves nothing; one that lived for a second does.
        _ = rig.lost(.closedByServer)
        rig.advance(1_000)
        #expect(rig.wake() == .connect(7))
        #expect(!rig.read("a"))
        _ = rig.connected(7)
        rig.becomeReady()
        rig.advance(1_000)
        _ = rig.lost(.closedByServer)
        #expect(rig.wakesIn == 37)
        rig.advance(37)
        #expect(rig.wake() == .connect(8))
        #expect(rig.read("a"))
    }

    // MARK: - Commands and replies

    @Test("queues commands while an attempt is under way, and writes them once it is ready, with their full time")
    func waitingForConnection() {
        let rig = LinkRig.connecting()
        #expect(rig.read("a", "b") && rig.send("PING"))
        #expect(rig.wakesIn == 250 && rig.written() == nil)
        rig.advance(200)
        _ = rig.connected(1)
        #expect(rig.wakesIn == 50, "the commands are due before the set-up")
        #expect(rig.written() == nil)
        rig.becomeReady()
        #expect(rig.wakesIn == 250)
        #expect(rig.written()?.hasSuffix("PING\r\n") == true)
        #expect(rig.written() == nil)
        #expect(rig.received(.bulk(Array("A".utf8))) == .nothing)
        #expect(rig.received(.null) == .told)
        #expect(rig.received(.status) == .told)
        #expect(rig.told.all == [#"a: ["A", "none"]"#, "PING: answered"])
        #expect(rig.machine.nextWake == nil)
    }

    @Test("tells commands that wait too long for an attempt, which goes on")
    func waitedTooLong() {
        let rig = LinkRig.connecting()
        #expect(rig.read("a"))
        rig.advance(250)
        #expect(rig.wake() == .nothing && rig.wakesIn == 2, "a last look at the socket first")
        rig.advance(2)
        #expect(rig.wake() == .fail(.noConnectionInTime))
        #expect(rig.told.all == ["a: unavailable"])
        #expect(rig.wakesIn == 748)
        #expect(rig.connected(1) != nil)
    }

    @Test("gives a connection up whose reply is late, after a last look")
    func lateReply() {
        let rig = LinkRig.ready()
        #expect(rig.read("a"))
        rig.advance(100)
        #expect(rig.send("PING"))
        rig.advance(150)
        #expect(rig.wake() == .nothing && rig.wakesIn == 2)
        rig.advance(1)
        #expect(rig.wake() == .nothing && rig.wakesIn == 1)
        // It lay in the socket while the process was stopped.
        #expect(rig.received(.null) == .told)
        rig.advance(1)
        #expect(rig.wake() == .nothing && rig.wakesIn == 98, "the other command has its own time")
        rig.advance(98)
        #expect(rig.wake() == .nothing)
        rig.advance(2)
        #expect(rig.wake() == .end(.noReplyInTime, wasReady: true))
        #expect(rig.told.all == ["a: []", "PING: no reply in time"])
        #expect(!rig.machine.isReady)
    }

    @Test("says what a refused read and a reply too many are")
    func oddReplies() {
        let rig = LinkRig.ready()
        #expect(rig.read("a", "b"))
        #expect(rig.received(.error(.notPermitted)) == .nothing)
        #expect(rig.received(.error(.notPermitted)) == .refused(.notPermitted))
        #expect(rig.told.all == ["a: unavailable"])
        #expect(rig.received(.null) == .end(.protocolError, wasReady: true))
        #expect(rig.machine.lastFault == .protocolError)
    }

    @Test("admits nothing that it cannot write, nor more than it can hold")
    func admission() {
        let rig = LinkRig.ready()
        let longest = [UInt8](repeating: 0, count: RecordLimits.valueBytes)
        #expect(rig.writes(longest) == [true, true])
        #expect(rig.writes(longest + [0]) == [false, false])
        #expect(rig.received(.ok) == .nothing && rig.received(.null) == .nothing, "nobody waits for these")
        rig.machine.writabilityChanged(to: false)
        #expect(!rig.read("a") && !rig.send("PING"))
        rig.machine.writabilityChanged(to: true)
        #expect((0..<20_000).count { _ in rig.read("a") } == CommandQueue.maxWaiting)
        #expect(rig.written() != nil)
        #expect(!rig.read("a"), "they still wait for their replies")
        #expect(rig.received(.null) == .told)
        #expect(rig.read("a"))
        // A new connection takes octets, whatever the last one did.
        rig.machine.writabilityChanged(to: false)
        _ = rig.lost(.closedByServer)
        rig.advance(50)
        #expect(rig.wake() == .connect(2))
        _ = rig.connected(2)
        rig.becomeReady()
        #expect(rig.read("a"))
    }

    // MARK: - Ends

    @Test("that is lost tells whoever waits, once, and is not lost twice")
    func losses() {
        for (rig, wasReady) in [
            (LinkRig.connecting(), false), (.settingUp(), false), (.ready(), true),
        ] {
            #expect(rig.read("a") && rig.read("b", "c") && rig.send("PING"))
            #expect(rig.lost(.closedByServer) == .end(.closedByServer, wasReady: wasReady))
            let told = ["a: unavailable", "b: unavailable", "PING: the server closed the connection"]
            #expect(rig.told.all == told)
            #expect(rig.lost(.closedByServer) == nil)
            #expect(rig.wakesIn == 37)
            rig.advance(37)
            #expect(rig.wake() == .connect(2))
            #expect(rig.told.all == told)
        }
    }

    @Test("does nothing before it was started, between two attempts, and once it is closed")
    func resting() {
        for (rig, attempt) in [(LinkRig(), 1), (.backingOff(), 1), (.closed(), 1)] as [(LinkRig, UInt64)] {
            #expect(!rig.machine.isReady && !rig.machine.hasOctets)
            #expect(!rig.read("a") && !rig.send("PING"))
            #expect(rig.lost(.closedByServer) == nil && rig.connected(attempt) == nil)
            #expect(rig.failed(attempt, .failed("x")) == nil)
            for reply in [RedisReply.ok, .null, .error(.generic)] { #expect(rig.received(reply) == .nothing) }
            rig.machine.writabilityChanged(to: true)
            #expect(rig.wake() == .nothing)
            #expect(rig.told.all.isEmpty)
        }
        #expect(LinkRig().machine.nextWake == nil && LinkRig.closed().machine.nextWake == nil)
    }

    @Test("that is closed hands out whoever waits, in every state, and stays closed")
    func closing() {
        for rig in [LinkRig(), .connecting(), .settingUp(), .ready(), .backingOff(), .closed()] {
            let isWaiting = rig.read("a")
            rig.machine.close().fail(.unavailable(reason: "closed"))
            #expect(rig.told.all == (isWaiting ? ["a: unavailable"] : []))
            #expect(rig.machine.close().isEmpty)
            rig.advance(10_000)
            #expect(rig.machine.nextWake == nil && rig.wake() == .nothing)
            #expect(rig.machine.start(rig.now) == nil && rig.connected(1) == nil && !rig.read("a"))
        }
    }
}
