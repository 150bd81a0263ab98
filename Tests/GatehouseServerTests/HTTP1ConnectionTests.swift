import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseServer

/// What a connection says is to be done, in a form that can be compared.
private enum Seen: Equatable {
    case wait
    case ask(target: String, Exchange)
    case refuse(HTTP1Connection.Refusal)
}

private let kept = Exchange(form: CheckAnswer.Form(isHTTP11: true, keepsAlive: true), isHead: false)
private let last = Exchange(form: CheckAnswer.Form(isHTTP11: true, keepsAlive: false), isHead: false)

extension HTTP1Connection {
    /// One that a proxy opened.
    fileprivate static func open(_ place: HTTP1Place = .proxy) -> HTTP1Connection {
        var connection = HTTP1Connection(tick: 0)
        _ = connection.open(place)
        return connection
    }

    fileprivate mutating func receive(_ text: String, at tick: UInt32 = 0) -> Receipt {
        receive(ByteBuffer(string: text), at: tick)
    }

    fileprivate mutating func step(at tick: UInt32 = 0) -> Seen {
        switch next(at: tick) {
        case .wait: return .wait
        case .refuse(let refusal): return .refuse(refusal)
        case .ask(let request):
            let bytes = request.octets.readableBytesUInt8Span
            let target = request.head.withText(at: request.head.target, in: bytes) { text in
                String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
            }
            return .ask(target: target, Exchange(request.head, bytes))
        }
    }
}

private func get(_ target: String, _ lines: String..., verb: String = "GET", version: String = "1.1") -> String {
    "\(verb) \(target) HTTP/\(version)\r\nHost: g\r\n" + lines.map { "\($0)\r\n" }.joined() + "\r\n"
}

@Suite("A connection as a state machine")
struct HTTP1ConnectionTests {
    @Test("serves a proxy, refuses whatever a stranger asks, and sends away whom there is no room for")
    func opening() {
        for (place, opening, step) in [
            (.proxy, .serve, .ask(target: "/a", kept)), (.stranger, .serve, .refuse(.stranger)),
            (.farewell, .refuse(.full), .wait), (.nowhere, .close, .wait),
        ] as [(HTTP1Place, HTTP1Connection.Opening, Seen)] {
            var connection = HTTP1Connection(tick: 0)
            #expect(connection.open(place) == opening)
            #expect(connection.step() == .wait, "nothing arrived")
            #expect(connection.receive(get("/a")) == (place == .proxy || place == .stranger ? .proceed : .drop))
            #expect(connection.step() == step)
            if place == .stranger { #expect(connection.receive("x") == .drop, "after its refusal") }
        }
        // Octets before anybody said who sends them.
        var early = HTTP1Connection(tick: 0)
        #expect(early.receive("x") == .proceed)
        #expect(early.step() == .refuse(.full))
        #expect(early.step() == .wait)
    }

    @Test("ends with the next answer once that is the last one, also where the proxy wants to keep it")
    func lastAnswer() {
        for waits in [false, true] {
            var connection = HTTP1Connection.open()
            #expect(connection.receive(get("/a") + get("/b")) == .proceed)
            #expect(connection.step() == .ask(target: "/a", kept))
            if waits { connection.asked() }
            #expect(connection.leave() == false, "its answer is under way")
            #expect(connection.answered(at: 0, isLast: true) == .write(last, then: .close))
            #expect(connection.step() == .wait, "what came behind it is the next connection's")
            #expect(connection.leave() == false)
        }
    }

    @Test("leaves when nothing of a request is there")
    func leaving() {
        for place in [HTTP1Place.proxy, .stranger] {
            var connection = HTTP1Connection.open(place)
            #expect(connection.leave() == true)
            #expect(connection.receive(get("/a")) == .drop)
            #expect(connection.leave() == false)
        }
        var half = HTTP1Connection.open()
        #expect(half.receive("GET /a HTTP/1.1\r\n") == .proceed)
        #expect(half.leave() == false, "the rest of its head is on its way")
        #expect(half.receive("Host: g\r\n\r\n") == .proceed)
        #expect(half.step() == .ask(target: "/a", kept))
        #expect(half.answered(at: 0, isLast: true) == .write(last, then: .close))
    }

    @Test("refuses a stranger by the first octet, not only by a whole head")
    func stranger() {
        var connection = HTTP1Connection.open(.stranger)
        #expect(connection.receive("G") == .proceed)
        #expect(connection.step() == .refuse(.stranger))
        #expect(connection.answered(at: 0) == .drop)
    }

    @Test("gives out one head at a time, in order, and an answer to each")
    func inOrder() {
        var connection = HTTP1Connection.open()
        #expect(connection.receive(get("/a") + get("/b") + get("/c") + "GET /d") == .proceed)
        // Answered before whoever took it returns: the caller goes on by itself.
        #expect(connection.step() == .ask(target: "/a", kept))
        #expect(connection.step() == .wait, "one at a time")
        #expect(connection.answered(at: 0) == .write(kept, then: .goOn))
        connection.asked()
        // Answered later: the next step is taken when the answer comes.
        #expect(connection.step() == .ask(target: "/b", kept))
        connection.asked()
        #expect(connection.step() == .wait)
        #expect(connection.answered(at: 0) == .write(kept, then: .resume))
        #expect(connection.answered(at: 0) == .drop, "an answer counts once")
        #expect(connection.step() == .ask(target: "/c", kept))
        connection.asked()
        connection.asked()
        #expect(connection.receive("HTTP/1.1", at: 0) == .proceed)
        #expect(connection.answered(at: 0) == .write(kept, then: .resume))
        #expect(connection.step() == .wait, "the next head is not whole")
    }

    @Test("waits for the end of a head, whatever the pieces are")
    func pieces() {
        var connection = HTTP1Connection.open()
        let text = Array(get("/a").utf8) + Array(get("/b", verb: "HEAD").utf8)
        var seen: [Seen] = []
        for octet in text {
            #expect(connection.receive(ByteBuffer(bytes: [octet]), at: 0) == .proceed)
            let step = connection.step()
            guard step != .wait else { continue }
            seen.append(step)
            _ = connection.answered(at: 0)
            connection.asked()
        }
        #expect(seen == [.ask(target: "/a", kept), .ask(target: "/b", Exchange(form: kept.form, isHead: true))])
    }

    @Test("ends with an answer that is the last one, and drops what follows it")
    func ending() {
        for lines in ["Connection: close", "Content-Length: 5", "Transfer-Encoding: chunked"] {
            for isLater in [false, true] {
                var connection = HTTP1Connection.open()
                _ = connection.receive(get("/a", lines) + get("/b"))
                #expect(connection.step() == .ask(target: "/a", last), "\(lines)")
                if isLater { connection.asked() }
                #expect(connection.answered(at: 0) == .write(last, then: .close))
                connection.asked()
                #expect(connection.step() == .wait)
                #expect(connection.receive(get("/c")) == .drop)
                #expect(connection.step() == .wait)
                #expect(connection.answered(at: 0) == .drop)
            }
        }
        var old = HTTP1Connection.open()
        _ = old.receive(get("/a", version: "1.0") + get("/b"))
        let form = CheckAnswer.Form(isHTTP11: false, keepsAlive: false)
        #expect(old.step() == .ask(target: "/a", Exchange(form: form, isHead: false)))
        #expect(old.answered(at: 0) == .write(Exchange(form: form, isHead: false), then: .close))
    }

    @Test("ends with a refusal of what is no request, after the answers to those before it")
    func malformed() {
        for (text, refusal, status) in [
            ("\r\n\r\n", .malformed(.requestLine), 400), ("GET / HTTP/2.0\r\nHost: g\r\n\r\n", .version, 505),
            ("GET /" + String(repeating: "a", count: 82_000), .tooLarge(.head), 431),
        ] as [(String, RequestHeadParser.Refusal, Int)] {
            var connection = HTTP1Connection.open()
            _ = connection.receive(get("/a") + text)
            #expect(connection.step() == .ask(target: "/a", kept))
            connection.asked()
            #expect(connection.step() == .wait, "the answer comes first")
            #expect(connection.answered(at: 0) == .write(kept, then: .resume))
            #expect(connection.step() == .refuse(.malformed(refusal)))
            #expect(HTTP1Connection.Refusal.malformed(refusal).status == status)
            #expect(connection.receive(get("/b")) == .drop)
            #expect(connection.step() == .wait)
        }
        #expect(HTTP1Connection.Refusal.full.status == 503 && HTTP1Connection.Refusal.stranger.status == 403)
    }

    @Test("gives out nothing while the peer takes no answers")
    func unwritable() {
        var connection = HTTP1Connection.open()
        connection.writabilityChanged(to: false)
        _ = connection.receive(get("/a") + get("/b"))
        #expect(connection.step() == .wait)
        connection.writabilityChanged(to: true)
        #expect(connection.step() == .ask(target: "/a", kept))
        // Its own answer still goes out.
        connection.writabilityChanged(to: false)
        #expect(connection.answered(at: 0) == .write(kept, then: .goOn))
        #expect(connection.step() == .wait)
        connection.writabilityChanged(to: true)
        #expect(connection.step() == .ask(target: "/b", kept))
    }

    @Test("ends when more is sent ahead than anybody may, and drops the answer that was worked on")
    func tooMuchAhead() {
        var connection = HTTP1Connection.open()
        _ = connection.receive(get("/a"))
        #expect(connection.step() == .ask(target: "/a", kept))
        connection.asked()
        let piece = String(repeating: "a", count: 65_536)
        for _ in 0..<4 { #expect(connection.receive(piece) == .proceed) }
        #expect(connection.receive("a") == .close)
        #expect(connection.answered(at: 0) == .drop)
        #expect(connection.receive("a") == .drop)
    }

    @Test("is too slow when a head drips in, when nothing comes from a stranger, when an answer is not taken")
    func tooSlow() {
        func lasts(_ connection: HTTP1Connection, from tick: UInt32 = 0) -> UInt32 {
            (0...20_000).first { connection.isTooSlow(at: tick &+ $0) } ?? .max
        }
        #expect(lasts(HTTP1Connection(tick: 0)) == 6)
        #expect(lasts(.open()) == UInt32(HTTP1Connection.idleSeconds) + 1)
        #expect(lasts(.open(.stranger)) == 6)
        for place in [HTTP1Place.farewell, .nowhere] { #expect(lasts(.open(place)) == 3) }

        var dripping = HTTP1Connection.open()
        for tick in 0..<5 { _ = dripping.receive("G", at: UInt32(tick)) }
        #expect(lasts(dripping) == 6, "from its first octet on")
        #expect(dripping.step(at: 5) == .wait)

        var asking = HTTP1Connection.open()
        _ = asking.receive(get("/a") + "GET /b")
        _ = asking.step()
        #expect(lasts(asking) == .max)
        asking.asked()
        #expect(lasts(asking) == .max, "whoever answers is bounded by a deadline of its own")
        #expect(asking.answered(at: 3) == .write(kept, then: .resume))
        #expect(lasts(asking, from: 3) == 6, "the next head counts from the answer before it")

        var stuck = asking
        stuck.writabilityChanged(to: false)
        _ = stuck.receive(" HTTP", at: 4)
        #expect(lasts(stuck, from: 4) == 5)
        var waiting = HTTP1Connection.open()
        _ = waiting.receive(get("/a"))
        _ = waiting.step()
        waiting.asked()
        waiting.writabilityChanged(to: false)
        #expect(lasts(waiting) == 11)

        var closing = HTTP1Connection.open()
        _ = closing.receive("\r\n\r\n", at: 7)
        _ = closing.step(at: 7)
        #expect(lasts(closing, from: 7) == 3)
    }

    @Test("counts on when the coarse clock overflows")
    func overflow() {
        var connection = HTTP1Connection(tick: .max - 1)
        _ = connection.open(.proxy)
        _ = connection.receive("G", at: .max - 1)
        #expect(!connection.isTooSlow(at: 3))
        #expect(connection.isTooSlow(at: 4))
    }
}
