internal import GatehouseCore

/// A bounded queue in which no flow keeps the others out, however much it asks for.
///
/// Known flows and strangers are two classes that are served in turn as long as both wait, and within each class so are its flows,
/// each in the order of its arrivals. Whoever was not served lately comes before those who were, as in start-time fair queueing
/// (Goyal, Vin, Cheng, 1996), so that it does not matter how many a flood has in front. A quarter of the places is for known
/// flows alone, and one for strangers. Where no place is free, a flow that has fewer takes one from the flow that has most, its newest; and one that was
/// not served lately takes the place of one that was. What the number of places bounds is the memory; how long one waits is up to
/// whoever holds the queue.
struct FairQueue<Element> {
    /// What came of a wish for a place.
    enum Answer {
        case queued
        /// Queued in place of another one, which has to be told.
        case displaced(Element)
        case full
    }

    private let places: Int
    private let mostOfOneClass: Int
    private var known: Class
    private var strangers: Class
    /// Whose turn it is while both classes wait.
    private var isTurnOfKnown = true

    /// `places` are all there are; fewer than four are for everybody.
    init(places: Int) {
        self.places = max(places, 0)
        mostOfOneClass = self.places - self.places / 4
        known = Class(memory: self.places)
        strangers = Class(memory: self.places)
    }

    var count: Int { known.count + strangers.count }
    var isEmpty: Bool { count == 0 }

    /// Adds an element at the end of its flow.
    mutating func add(_ element: Element, of flow: Flow) -> Answer {
        let isStranger = flow.standing == .stranger
        let hasPlace = count < places && (isStranger ? strangers.count : known.count) < mostOfOneClass
        return isStranger
            ? strangers.add(element, flow, hasPlace: hasPlace) : known.add(element, flow, hasPlace: hasPlace)
    }

    /// The element whose turn it is; `nil` if none waits.
    var first: Element? { isKnownNext ? known.first : strangers.first }

    /// Takes out the element whose turn it is; the next turn is another flow's.
    mutating func removeFirst() -> Element? {
        let wasKnown = isKnownNext
        isTurnOfKnown = !wasKnown
        return wasKnown ? known.removeFirst() : strangers.removeFirst()
    }

    /// Takes out the element that fits, if it still waits.
    mutating func remove(of flow: Flow, where fits: (Element) -> Bool) -> Element? {
        flow.standing == .known ? known.remove(flow, where: fits) : strangers.remove(flow, where: fits)
    }

    private var isKnownNext: Bool { strangers.count == 0 || (isTurnOfKnown && known.count > 0) }

    /// The flows of one class.
    private struct Class {
        private var waiting: [Flow: [Element]] = [:]
        /// Every flow that waits, the next one first: in the order of `start`, then of arrival.
        private var turns: [(flow: Flow, start: Int)] = []
        private(set) var count = 0
        /// How many were served.
        private var served = 0
        /// When those were served who were among the last ones.
        private var servedAt: [Flow: Int] = [:]
        /// How many services are remembered.
        private let memory: Int

        init(memory: Int) { self.memory = memory }

        var first: Element? { turns.first.flatMap { waiting[$0.flow]?.first } }

        mutating func add(_ element: Element, _ flow: Flow, hasPlace: Bool) -> Answer {
            let own = length(flow)
            // Whoever was served long ago comes no sooner than who never was, or nobody served before would wait for an end of
            // newcomers.
            let start = max(servedAt[flow] ?? 0, served - memory)
            var displaced: Element?
            if !hasPlace {
                guard let victim = victim(forOneWith: own, start) else { return .full }
                displaced = waiting[victim]?.popLast()
                count -= 1
                forget(victim)
            }
            if own == 0 {
                turns.insert((flow, start), at: turns.firstIndex { $0.start > start } ?? turns.endIndex)
            }
            waiting[flow, default: []].append(element)
            count += 1
            return displaced.map(Answer.displaced) ?? .queued
        }

        /// Who gives up a place: of several that have as many, the one whose turn comes last.
        private func victim(forOneWith own: Int, _ start: Int) -> Flow? {
            guard let longest = turns.reversed().max(by: { length($0.flow) < length($1.flow) }) else { return nil }
            if length(longest.flow) > own + 1 { return longest.flow }
            return own == 0 && longest.start > start ? longest.flow : nil
        }

        mutating func removeFirst() -> Element? {
            guard let flow = turns.first?.flow, let element = waiting[flow]?.removeFirst() else { return nil }
            turns.removeFirst()
            count -= 1
            served += 1
            servedAt[flow] = served
            if servedAt.count > 2 * memory { servedAt = servedAt.filter { $0.value > served - memory } }
            if length(flow) > 0 { turns.append((flow, served)) } else { waiting[flow] = nil }
            return element
        }

        mutating func remove(_ flow: Flow, where fits: (Element) -> Bool) -> Element? {
            guard let index = waiting[flow]?.firstIndex(where: fits), let element = waiting[flow]?.remove(at: index)
            else { return nil }
            count -= 1
            forget(flow)
            return element
        }

        /// A flow that does not wait any more has no turn.
        private mutating func forget(_ flow: Flow) {
            guard length(flow) == 0 else { return }
            waiting[flow] = nil
            turns.removeAll { $0.flow == flow }
        }

        private func length(_ flow: Flow) -> Int { waiting[flow]?.count ?? 0 }
    }
}
