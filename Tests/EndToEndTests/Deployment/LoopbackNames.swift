/// Texts of containers for processes on loopback: their paths, names and ports are replaced, all in one pass.
struct LoopbackNames {
    private var pairs: [(container: [UInt8], here: [UInt8])] = []

    init(_ pairs: [(String, String)] = []) { for (container, here) in pairs { add(container, here) } }

    /// The longest of what fits somewhere counts.
    mutating func add(_ container: String, _ here: String) {
        pairs.append((Array(container.utf8), Array(here.utf8)))
        pairs.sort { $0.container.count > $1.container.count }
    }

    func text(_ text: String) -> String {
        var rest = Array(text.utf8)[...]
        var result: [UInt8] = []
        while let first = rest.first {
            if let pair = pairs.first(where: { rest.starts(with: $0.container) }) {
                result += pair.here
                rest = rest.dropFirst(pair.container.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
