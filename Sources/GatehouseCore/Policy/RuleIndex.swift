/// Finds the first rule of an application that is about a request, without walking all of them.
///
/// The patterns of all rules share one tree of segments, in which a node has one child for `*` and captures, and one for each
/// literal; the literals of all nodes lie in one hash table. A rule stands in the nodes where its patterns end, and a rule for
/// every path in the root. A request goes down the tree by its own segments, so that rules about other paths cost nothing. Where
/// both a literal and a `*` go on, both ways are tried, the second only where it can lead to an earlier rule. What is visited is at
/// most what the rules walked one by one would have been compared with.
///
/// Everything lies in flat arrays, built once: a search allocates nothing.
struct RuleIndex: Sendable {
    private struct Node {
        /// The child for any segment that is not empty; 0 for none: the root is nobody's child.
        var wildcard: Int32 = 0
        var hasLiterals = false
        /// The smallest number of a rule here or anywhere below.
        var least = Int32.max
        /// The rules with a pattern that ends here, in their order.
        var whole = Part()
        /// Those whose pattern goes on with `/**`.
        var below = Part()
    }

    /// A part of `entries`.
    private struct Part {
        var start: Int32 = 0
        var end: Int32 = 0
    }

    /// A literal segment that leads from a node to its child.
    private struct Edge {
        var parent: Int32 = 0
        /// 0 in a free place.
        var child: Int32 = 0
        var hash: UInt32 = 0
        /// Where the segment stands in `literals`.
        var start: Int32 = 0
        var length: Int32 = 0
    }

    private var nodes = [Node()]
    /// Open addressing; as many as a power of two, at least half of them free.
    private var edges = [Edge](repeating: Edge(), count: 8)
    private var edgeCount = 0
    private var literals: [UInt8] = []
    private var entries: [Int32] = []
    /// For each rule.
    private let scopes: [Scope]
    /// For each rule; empty where none of them looks at networks.
    private let networks: [NetworkSet]

    /// What a rule is about besides paths.
    private struct Scope {
        let methods: MethodSet
        let hasNetworks: Bool
    }

    /// What a rule may be about besides paths, of a request.
    struct Aspects {
        let method: Method
        let client: ClientAddress
    }

    /// - Complexity: O(n log n) for patterns of n segments together; the memory grows with n.
    init(_ rules: [Rule]) {
        scopes = rules.map { rule in
            Scope(methods: rule.methods.isEmpty ? .all : MethodSet(rule.methods), hasNetworks: !rule.networks.isEmpty)
        }
        networks = scopes.contains(where: \.hasNetworks) ? rules.map(\.networks) : []
        var places: [Place] = []
        for (number, rule) in rules.enumerated() {
            let number = Int32(clamping: number)
            if rule.paths.isEmpty { places.append(Place(node: 0, coversBelow: true, rule: number)) }
            for path in rule.paths {
                let node = insert(path, number)
                places.append(Place(node: node, coversBelow: path.coversBelow, rule: number))
            }
        }
        for place in places where place.node == 0 { nodes[0].least = min(nodes[0].least, place.rule) }
        fill(places)
    }

    /// About how many octets it takes.
    var size: Int {
        nodes.capacity * MemoryLayout<Node>.stride + edges.capacity * MemoryLayout<Edge>.stride + literals.capacity
            + entries.capacity * MemoryLayout<Int32>.stride + scopes.capacity * MemoryLayout<Scope>.stride
            + networks.capacity * MemoryLayout<NetworkSet>.stride
    }

    // MARK: - Finding

    /// The first rule about a request; `path` is `nil` only where no rule of the application looks at paths.
    ///
    /// Where nobody knows the client's address, a rule about some networks counts as one about it: the caller refuses.
    func first(_ aspects: Aspects, _ path: CanonicalPath?) -> Int? {
        var best = Int32.max
        if let path {
            search(0, 1, path.octets.span, aspects, &best)
        } else {
            consider(nodes[0].below, aspects, &best)
        }
        return best == .max ? nil : Int(best)
    }

    /// Goes down from a node by the segments that start at `start`; beyond the end of the path there is none.
    private func search(_ node: Int, _ start: Int, _ path: Span<UInt8>, _ aspects: Aspects, _ best: inout Int32) {
        var node = node
        var start = start
        while true {
            let here = nodes[node]
            guard here.least < best else { return }
            consider(here.below, aspects, &best)
            guard start <= path.count else { return consider(here.whole, aspects, &best) }
            guard here.hasLiterals || here.wildcard > 0 else { return }
            var end = start
            var hash = RuleIndex.emptyHash
            while end < path.count, path[end] != UInt8(ascii: "/") {
                hash = RuleIndex.hash(hash, path[end])
                end += 1
            }
            let literal = here.hasLiterals ? child(of: node, hash, path.extracting(start..<end)) : 0
            let wildcard = end > start ? Int(here.wildcard) : 0
            if literal > 0, wildcard > 0 { search(literal, end + 1, path, aspects, &best) }
            node = wildcard > 0 ? wildcard : literal
            guard node > 0 else { return }
            start = end + 1
        }
    }

    /// Takes the first rule of a list that is about the request, if it comes before the best one so far.
    private func consider(_ part: Part, _ aspects: Aspects, _ best: inout Int32) {
        for index in Int(part.start)..<Int(part.end) {
            let rule = entries[index]
            guard rule < best else { return }
            let scope = scopes[Int(rule)]
            guard scope.methods.contains(aspects.method) else { continue }
            if !scope.hasNetworks || mayHold(Int(rule), aspects.client) { return best = rule }
        }
    }

    private func mayHold(_ rule: Int, _ client: ClientAddress) -> Bool {
        if case .known(let address) = client { networks[rule].contains(address) } else { true }
    }

    /// The child that a literal segment leads to; 0 for none.
    private func child(of node: Int, _ hash: UInt32, _ segment: Span<UInt8>) -> Int {
        var place = RuleIndex.place(hash, node) & (edges.count - 1)
        while edges[place].child > 0 {
            let edge = edges[place]
            if edge.hash == hash, Int(edge.parent) == node, Int(edge.length) == segment.count,
                matches(segment, Int(edge.start))
            {
                return Int(edge.child)
            }
            place = (place + 1) & (edges.count - 1)
        }
        return 0
    }

    private func matches(_ segment: Span<UInt8>, _ start: Int) -> Bool {
        for index in segment.indices where segment[index] != literals[start + index] { return false }
        return true
    }

    // FNV-1a. Nobody outside can put anything into the table; whom a path leads to long chains in it is told by the rules alone.
    private static let emptyHash: UInt32 = 2_166_136_261
    private static func hash(_ hash: UInt32, _ octet: UInt8) -> UInt32 { (hash ^ UInt32(octet)) &* 16_777_619 }

    /// Where a search for an edge begins, before it is cut to the table's size.
    private static func place(_ hash: UInt32, _ node: Int) -> Int {
        let mixed = (hash ^ UInt32(truncatingIfNeeded: node) &* 0x9E37_79B9) &* 0x85EB_CA6B
        return Int(mixed ^ mixed >> 15)
    }
}

// MARK: - Building

extension RuleIndex {
    /// A node where a pattern of a rule ends.
    private struct Place {
        let node: Int
        let coversBelow: Bool
        let rule: Int32
    }

    /// Makes the nodes of a pattern that are not there; returns the last one.
    private mutating func insert(_ pattern: PathPattern, _ rule: Int32) -> Int {
        var node = 0
        nodes[0].least = min(nodes[0].least, rule)
        for segment in pattern.segments {
            switch segment {
            case .any, .capture:
                if nodes[node].wildcard == 0 { nodes[node].wildcard = append() }
                node = Int(nodes[node].wildcard)
            case .literal(let literal):
                let hash = literal.reduce(RuleIndex.emptyHash) { RuleIndex.hash($0, $1) }
                var next = child(of: node, hash, literal.span)
                if next == 0 {
                    next = Int(append())
                    nodes[node].hasLiterals = true
                    add(
                        Edge(
                            parent: Int32(clamping: node), child: Int32(clamping: next), hash: hash,
                            start: Int32(clamping: literals.count), length: Int32(clamping: literal.count)))
                    literals += literal
                }
                node = next
            }
            nodes[node].least = min(nodes[node].least, rule)
        }
        return node
    }

    private mutating func append() -> Int32 {
        nodes.append(Node())
        return Int32(clamping: nodes.count - 1)
    }

    private mutating func add(_ edge: Edge) {
        edgeCount += 1
        if edgeCount * 2 > edges.count {
            let old = edges
            edges = [Edge](repeating: Edge(), count: old.count * 2)
            for edge in old where edge.child > 0 { put(edge) }
        }
        put(edge)
    }

    private mutating func put(_ edge: Edge) {
        var place = RuleIndex.place(edge.hash, Int(edge.parent)) & (edges.count - 1)
        while edges[place].child > 0 { place = (place + 1) & (edges.count - 1) }
        edges[place] = edge
    }

    /// Writes the rules of each node in their order, without those that can never be the first.
    private mutating func fill(_ places: [Place]) {
        func key(_ place: Place) -> (Int, Int, Int32) { (place.node, place.coversBelow ? 1 : 0, place.rule) }
        var part: (node: Int, coversBelow: Bool)?
        var covered = MethodSet.none
        for place in places.sorted(by: { key($0) < key($1) }) {
            if part?.node != place.node || part?.coversBelow != place.coversBelow {
                part = (place.node, place.coversBelow)
                covered = .none
                let start = Part(start: Int32(clamping: entries.count), end: Int32(clamping: entries.count))
                if place.coversBelow { nodes[place.node].below = start } else { nodes[place.node].whole = start }
            }
            let scope = scopes[Int(place.rule)]
            guard !scope.methods.isSubset(of: covered) else { continue }
            if !scope.hasNetworks { covered.formUnion(scope.methods) }
            entries.append(place.rule)
            let end = Int32(clamping: entries.count)
            if place.coversBelow { nodes[place.node].below.end = end } else { nodes[place.node].whole.end = end }
        }
    }
}
