extension TableReader {
    /// A number within limits.
    func fraction(_ name: String, in range: ClosedRange<Double>) -> Double? {
        note(name, .number(range))
        guard let value = value(name) else { return nil }
        let number: Double? =
            switch value.content {
            case .number(let given): given
            case .integer(let given): Double(given)
            case .override(let text): Double(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            log.add(
                value.place, key(name),
                "must be a number from \(range.lowerBound) to \(range.upperBound), is \(value.seen)")
            return nil
        }
        return number
    }
}
