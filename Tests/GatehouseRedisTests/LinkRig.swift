import GatehouseCore
import NIOCore

@testable import GatehouseRedis

/// A link's machine with a clock and random numbers that a test holds, and what came out of it.
final class LinkRig {
    var machine: LinkMachine
    /// Milliseconds since some moment.
    private var clock: Int64 = 1_000
    let told = Told()
    private var random = LowestNumber()

    /// What those who wait were told, in order.
    final class Told {
        var all: [String] = []
    }

    /// Leads to the lowest number that is asked for; with 0 the library would look for another one, forever.
    private struct LowestNumber: RandomNumberGenerator {
        mutating func next() -> UInt64 { 1 }
    }

    /// What a step said is to be done, in a form that can be compared.
    enum Seen: Equatable {
        case nothing
        case connect(UInt64)
        case ready
        case told
        case refused(RedisErrorCode)
        case end(LinkFault, wasReady: Bool)
        case fail(LinkFault)
    }

    /// Connecting may take a second, a command 250 ms.
    init(
        place: RedisPlace = .server(.tcp(host: "127.0.0.1", port: 6_379)), password: String? = nil, database: Int = 0
    ) {
        machine = LinkMachine(
            settings: RedisSettings(
                place: place, password: password.map { RedisPassword(Array($0.utf8)) },
                database: database, connectDeadline: .seconds(1), commandDeadline: .milliseconds(250)))
    }

    static func deadline(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(milliseconds) * 1_000_000) }

    var now: NIODeadline { LinkRig.deadline(clock) }

    /// How many milliseconds from now the machine wants to be asked.
    var wakesIn: Int64? { machine.nextWake.map { ($0 - now).nanoseconds / 1_000_000 } }

    func advance(_ milliseconds: Int64) { clock += milliseconds }

    // MARK: - Events

    func wake() -> Seen {
        switch machine.wake(now, using: &random) {
        case .nothing: return .nothing
        case .connect(let attempt): return .connect(attempt)
        case .end(let ending): return end(ending)
        case .fail(let queue, let fault):
            queue.fail(.unavailable(reason: "\(fault)"))
            return .fail(fault)
        }
    }

    func received(_ reply: RedisReply) -> Seen {
        let now = now
        switch machine.received(reply, now, using: &random) {
        case .nothing: return .nothing
        case .ready: return .ready
        case .reading(let reading, let completion):
            completion(reading)
            return .told
        case .refused(let code, let completion):
            completion(.unavailable)
            return .refused(code)
        case .reply(let reply, let completion):
            completion(.success(reply))
            return .told
        case .push(let content):
            told.all.append("push: \(content)")
            return .told
        case .end(let ending): return end(ending)
        }
    }

    func lost(_ fault: LinkFault) -> Seen? { machine.lost(fault, now, using: &random).map(end) }

    func failed(_ attempt: UInt64, _ fault: LinkFault) -> Seen? {
        machine.failed(attempt, fault, now, using: &random).map(end)
    }

    /// The text that is written to a connection at once; `nil` if the connection is not wanted.
    func connected(_ attempt: UInt64) -> String? {
        machine.connected(attempt, now).map { String(decoding: $0.readableBytesView, as: UTF8.self) }
    }

    private func end(_ ending: LinkMachine.Ending) -> Seen {
        ending.failed.fail(.unavailable(reason: "\(ending.fault)"))
        return .end(ending.fault, wasReady: ending.wasReady)
    }

    // MARK: - Commands

    func read(_ first: String, _ second: String? = nil) -> Bool {
        let told = told
        return machine.read(RecordKey(first), second.map { RecordKey($0) }, now) { reading in
            let reading = Reading(reading, index: 0)
            let values = [reading.first, second == nil ? nil : reading.second ?? "none"].compactMap(\.self)
            told.all.append(reading.isAvailable ? "\(first): \(values)" : "\(first): unavailable")
        }
    }

    func send(_ name: StaticString) -> Bool {
        let told = told
        return machine.send(RedisCommand(name), now) { result in
            switch result {
            case .success: told.all.append("\(name): answered")
            case .failure(let error): told.all.append("\(name): \(error)")
            }
        }
    }

    /// A write of each kind whose reply nobody waits for.
    func writes(_ value: [UInt8]) -> [Bool] {
        [
            machine.refresh(value, for: RecordKey("a"), milliseconds: 1, now),
            machine.write(value, for: RecordKey("a"), milliseconds: 1, now),
        ]
    }

    /// What would be written now, and is written then.
    func written() -> String? {
        guard machine.hasOctets else { return nil }
        let text = String(decoding: machine.octets.readableBytesView, as: UTF8.self)
        machine.didWrite()
        return text
    }

    // MARK: - Ways to a state

    /// A link that made its first attempt.
    static func connecting() -> LinkRig {
        let rig = LinkRig()
        _ = rig.machine.start(rig.now)
        return rig
    }

    /// A link whose connection is being set up.
    static func settingUp() -> LinkRig {
        let rig = connecting()
        _ = rig.connected(1)
        return rig
    }

    static func ready() -> LinkRig {
        let rig = settingUp()
        rig.becomeReady()
        return rig
    }

    static func backingOff() -> LinkRig {
        let rig = connecting()
        _ = rig.lost(.failed("x"))
        return rig
    }

    static func closed() -> LinkRig {
        let rig = ready()
        _ = rig.machine.close()
        return rig
    }

    func becomeReady() {
        _ = received(.ok)
        _ = received(.status)
    }
}
