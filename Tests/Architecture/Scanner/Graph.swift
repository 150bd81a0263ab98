/// Who needs whom: names, and arrows between them.
package struct Graph: Equatable, Sendable {
    package private(set) var arrows: [String: Set<String>] = [:]

    package init() {}

    package mutating func add(_ name: String) { arrows[name, default: []].formUnion([]) }

    package mutating func add(from: String, to: String) {
        arrows[from, default: []].insert(to)
        add(to)
    }

    package var names: [String] { arrows.keys.sorted() }

    package func from(_ name: String) -> Set<String> { arrows[name] ?? [] }

    /// Everything that can be reached from a name by one arrow or more.
    package func reachable(from name: String) -> Set<String> {
        var found: Set<String> = []
        var next = Array(from(name))
        while let one = next.popLast() {
            if found.insert(one).inserted { next.append(contentsOf: from(one)) }
        }
        return found
    }

    /// The groups in which each name reaches each other one, as large as they are, in order.
    package var circles: [[String]] {
        let reach = Dictionary(uniqueKeysWithValues: names.map { ($0, reachable(from: $0)) })
        var circles: Set<[String]> = []
        for name in names where reach[name]?.contains(name) == true {
            circles.insert((reach[name] ?? []).filter { reach[$0]?.contains(name) == true }.sorted())
        }
        return circles.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Only the arrows that no longer way stands for: what a picture needs to show.
    package var reduced: Graph {
        var graph = Graph()
        for name in names {
            graph.add(name)
            let direct = from(name)
            for target in direct
            where !direct.contains(where: { $0 != target && reachable(from: $0).contains(target) }) {
                graph.add(from: name, to: target)
            }
        }
        return graph
    }
}
