import GatehouseCore
import Testing

@testable import GatehouseSystem

@Suite("The fair queue")
struct FairQueueTests {
    private static func stranger(_ key: UInt8) -> Flow { Flow(.stranger, key: [key]) }
    private static func known(_ key: UInt8) -> Flow { Flow(.known, key: [key]) }

    /// Everything that waits, in the order of its turns.
    private func drained(_ queue: FairQueue<Int>) -> [Int] {
        var queue = queue
        var all: [Int] = []
        while let first = queue.first {
            #expect(queue.removeFirst() == first)
            all.append(first)
        }
        #expect(queue.isEmpty)
        return all
    }

    @Test("serves flows in turn, each in the order of its arrivals")
    func turns() {
        var queue = FairQueue<Int>(places: 16)
        for element in [11, 12, 13, 14] { _ = queue.add(element, of: Self.stranger(1)) }
        for element in [21, 22] { _ = queue.add(element, of: Self.stranger(2)) }
        _ = queue.add(31, of: Self.stranger(3))
        #expect(drained(queue) == [11, 21, 31, 12, 22, 13, 14])
        #expect(queue.remove(of: Self.stranger(2)) { $0 == 21 } == 21)
        #expect(queue.remove(of: Self.stranger(2)) { $0 == 21 } == nil)
        #expect(drained(queue) == [11, 22, 31, 12, 13, 14])
    }

    @Test("serves those who are known and strangers in turn")
    func classes() {
        var queue = FairQueue<Int>(places: 16)
        for element in 1...4 { _ = queue.add(element, of: Self.stranger(UInt8(element))) }
        for element in 101...102 { _ = queue.add(element, of: Self.known(UInt8(element))) }
        #expect(drained(queue) == [101, 1, 102, 2, 3, 4])
    }

    @Test("takes a place for a flow that has fewer from the newest of the one that has most, and for no other")
    func displaced() {
        var queue = FairQueue<Int>(places: 8)
        for element in 11...15 { _ = queue.add(element, of: Self.stranger(1)) }
        _ = queue.add(21, of: Self.stranger(2))
        // Six places of eight are the strangers'.
        guard case .full = queue.add(16, of: Self.stranger(1)) else { return #expect(Bool(false), "16 is queued") }
        for (element, lost) in [(31, 15), (41, 14), (22, 13)] {
            guard case .displaced(lost) = queue.add(element, of: Self.stranger(UInt8(element / 10))) else {
                return #expect(Bool(false), "\(element) does not displace \(lost)")
            }
        }
        // Two of one flow against none of another: the one whose turn comes last gives way.
        guard case .displaced(22) = queue.add(51, of: Self.stranger(5)) else {
            return #expect(Bool(false), "51 does not displace 22")
        }
        #expect(drained(queue) == [11, 21, 31, 41, 51, 12])
    }

    @Test("keeps a quarter of its places for strangers, too")
    func reservedForStrangers() {
        var queue = FairQueue<Int>(places: 8)
        var answers = 0
        for element in 0..<100 {
            if case .queued = queue.add(element, of: .own) { answers += 1 }
        }
        #expect(answers == 6)
        guard case .queued = queue.add(200, of: Self.stranger(1)) else { return #expect(Bool(false)) }
        guard case .queued = queue.add(201, of: Self.stranger(2)) else { return #expect(Bool(false)) }
        guard case .full = queue.add(202, of: Self.stranger(1)) else { return #expect(Bool(false)) }
    }

    @Test("keeps a quarter of its places for those who are known, who share them as fairly")
    func reserved() {
        var queue = FairQueue<Int>(places: 8)
        var answers = 0
        for element in 0..<100 {
            if case .queued = queue.add(element, of: Self.stranger(UInt8(element))) { answers += 1 }
        }
        #expect(answers == 6)
        for element in [101, 102] {
            guard case .queued = queue.add(element, of: Self.known(1)) else { return #expect(Bool(false)) }
        }
        guard case .full = queue.add(103, of: Self.known(1)) else { return #expect(Bool(false)) }
        guard case .displaced(102) = queue.add(201, of: Self.known(2)) else { return #expect(Bool(false)) }
        #expect(queue.count == 8)
        #expect(drained(queue) == [101, 0, 201, 1, 2, 3, 4, 5])
        var none = FairQueue<Int>(places: 0)
        guard case .full = none.add(1, of: .own) else { return #expect(Bool(false)) }
    }

    @Test("serves whoever was not served lately before those who were, who give up their places to them")
    func lately() {
        var queue = FairQueue<Int>(places: 4)
        for element in 1...3 { _ = queue.add(element, of: Self.stranger(UInt8(element))) }
        for element in 1...3 { #expect(queue.removeFirst() == element) }
        for element in [3, 1, 2] { _ = queue.add(element, of: Self.stranger(UInt8(element))) }
        guard case .displaced(3) = queue.add(4, of: Self.stranger(4)) else {
            return #expect(Bool(false), "4 does not displace 3")
        }
        guard case .full = queue.add(3, of: Self.stranger(3)) else { return #expect(Bool(false), "3 is queued") }
        #expect(drained(queue) == [4, 1, 2])
        // Whoever waits is overtaken by no more newcomers than services are remembered.
        for element in [4, 1, 2, 5, 6, 7, 8] {
            _ = queue.add(element, of: Self.stranger(UInt8(element)))
            _ = queue.removeFirst()
        }
        var order: [Int] = []
        for element in 20..<40 {
            _ = queue.add(element, of: Self.stranger(UInt8(element)))
            if element == 21 { _ = queue.add(8, of: Self.stranger(8)) }
            if let first = queue.removeFirst() { order.append(first) }
        }
        #expect(order.contains(8))
    }

    /// Somebody who waits.
    private struct Waiting: Equatable {
        let flow: Flow
        let arrivedAt: Int
    }

    /// Ten minutes of one hash each 50 ms while a stranger comes each 5 ms, and the owner each second.
    ///
    /// Nobody waits more than two seconds. Returns how long the owner waited each time; `nil` where it was in vain.
    private func flood(_ address: (Int) -> UInt8, owner: Flow) -> [Int?] {
        var queue = FairQueue<Waiting>(places: 64)
        var waits: [Int?] = []
        var arrivals = 0
        for now in stride(from: 0, to: 600_000, by: 5) {
            _ = queue.add(
                Waiting(flow: Self.stranger(address(arrivals)), arrivedAt: now), of: Self.stranger(address(arrivals)))
            arrivals += 1
            if now % 1_000 == 0 {
                if case .full = queue.add(Waiting(flow: owner, arrivedAt: now), of: owner) { waits.append(nil) }
            }
            guard now % 50 == 0 else { continue }
            while let first = queue.removeFirst() {
                let isLate = now - first.arrivedAt > 2_000
                if first.flow == owner { waits.append(isLate ? nil : now - first.arrivedAt) }
                if !isLate { break }
            }
        }
        return waits
    }

    @Test(
        "lets the owner through a flood from changing addresses on a known device, and from any on a new one of another"
    )
    func floods() {
        let changing = flood({ UInt8($0 % 250) }, owner: Self.known(1))
        #expect(changing.count == 600)
        #expect(changing.allSatisfy { $0.map { $0 <= 50 } == true })
        let fromFew = flood({ UInt8($0 % 20) }, owner: Self.stranger(255))
        #expect(fromFew.count == 600)
        #expect(fromFew.allSatisfy { $0.map { $0 <= 150 } == true }, "\(fromFew.prefix(20))")
    }
}
