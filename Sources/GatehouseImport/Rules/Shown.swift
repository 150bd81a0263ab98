internal import GatehouseCore

/// Text of the file as messages show it.
enum Shown {
    /// The most octets of a text that are shown.
    private static let limit = 60

    static func text(_ text: String) -> String { Shown.text(Array(text.utf8)) }

    /// In quotes, cut, and with nothing in it that could move a cursor or pass for something else.
    static func text(_ bytes: [UInt8]) -> String {
        // A character that begins within the limit is whole within three octets more.
        SafeText.quoted(String(decoding: bytes.prefix(limit + 4), as: UTF8.self), limit: .octets(limit))
    }

    /// The nearest of `names`, if it is near enough to be a slip of the finger.
    static func nearest(to word: String, among names: [String]) -> String? {
        guard word.utf8.count <= 40 else { return nil }
        let scored = names.map { (name: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, best.name.utf8.count / 3) ? best.name : nil
    }

    /// How many octets must be inserted, removed or replaced.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for i in left.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in right.indices {
                let cost = left[i] == right[j] ? diagonal : diagonal + 1
                diagonal = row[j + 1]
                row[j + 1] = min(cost, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
