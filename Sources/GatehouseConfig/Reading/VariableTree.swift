internal import GatehouseCore

/// Variables of the environment by the parts of their names: `GATEHOUSE_SESSIONS__IDLE` is `sessions`, then `idle`.
struct VariableTree {
    struct Variable {
        let name: String
        let text: String
    }

    /// The variable whose name ends here.
    private(set) var variable: Variable?
    private(set) var children: [UTF8Text: VariableTree] = [:]

    /// The most parts that a name may have; the longest key has five.
    static let maxDepth = 6

    /// Puts a variable at its place.
    ///
    /// - Returns: the one that was there, which differs in letter case alone.
    mutating func insert(_ variable: Variable, at parts: ArraySlice<UTF8Text>) -> Variable? {
        guard let part = parts.first else {
            let other = self.variable
            self.variable = variable
            return other
        }
        return children[part, default: VariableTree()].insert(variable, at: parts.dropFirst())
    }

    /// In one order, whatever the order of the environment.
    var sorted: [(key: UTF8Text, tree: VariableTree)] {
        children.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// A variable of this place or below it, for messages.
    var first: Variable? { variable ?? firstBelow }

    /// A variable whose name goes on after this place.
    var firstBelow: Variable? {
        for (_, tree) in sorted {
            if let first = tree.first { return first }
        }
        return nil
    }
}
