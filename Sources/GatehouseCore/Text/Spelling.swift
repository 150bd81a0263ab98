/// The name that somebody probably meant.
package enum Spelling {
    /// The nearest of `names`, if it is near enough to be a slip of the finger.
    ///
    /// - Parameters:
    ///   - word: what was written.
    ///   - names: what is known.
    ///   - slips: how many octets of a short name may be wrong; of a long one it is a third.
    /// - Returns: one of the names; `nil` if none is near.
    package static func nearest(to word: String, among names: [String], slips: Int = 1) -> String? {
        // A long word is nobody's slip, and the distance costs the product of the lengths.
        guard word.utf8.count <= 40 else { return nil }
        let scored = names.map { (name: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(slips, best.name.utf8.count / 3) ? best.name : nil
    }

    /// Whether one word is another one with at most two octets wrong.
    package static func isSlip(_ word: String, of other: String) -> Bool {
        word.utf8.count <= 255 && other.utf8.count <= 255 && distance(Array(word.utf8), Array(other.utf8)) <= 2
    }

    /// How many octets must be inserted, removed, replaced or swapped with their neighbour (optimal string alignment).
    package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
