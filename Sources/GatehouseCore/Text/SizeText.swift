/// Amounts of memory as the file writes them.
package enum SizeText {
    private static let units: [(name: String, octets: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// Takes `512KiB`, `46MiB`, `1GiB`; `nil` for anything else.
    package static func octets(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex { !ASCII.isDigit($0) } ?? bytes.count
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(bytes[end...]) }), end <= 9,
            let number = ASCII.decimal(bytes.span.extracting(0..<end), limit: 1 << 30)
        else { return nil }
        return number * unit.octets
    }

    /// The size in its largest whole unit.
    package static func text(_ octets: Int) -> String {
        let unit = units.last { octets % $0.octets == 0 && octets >= $0.octets } ?? ("KiB", 1 << 10)
        return "\(octets / unit.octets)\(unit.name)"
    }
}
