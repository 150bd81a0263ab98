/// Lengths of time in words.
enum TimeWords {
    /// In its largest whole unit, rounded up.
    static func length(_ duration: Duration) -> HTML {
        let seconds = max(0, duration.components.seconds)
        func text(_ unit: Int64, _ name: String) -> HTML {
            let count = seconds / unit + (seconds % unit == 0 ? 0 : 1)
            return HTML.text("\(count) \(name)\(count == 1 ? "" : "s")")
        }
        if seconds <= 3_600 { return text(60, "minute") }
        if seconds <= 2 * 86_400 { return text(3_600, "hour") }
        return text(86_400, "day")
    }

    /// How long ago something was, rounded down.
    static func ago(_ duration: Duration) -> HTML {
        guard duration >= .seconds(60) else { return "just now" }
        let seconds = duration.components.seconds
        let (count, unit) =
            seconds < 3_600
            ? (seconds / 60, "minute") : seconds < 86_400 ? (seconds / 3_600, "hour") : (seconds / 86_400, "day")
        return HTML.text("\(count) \(unit)\(count == 1 ? "" : "s") ago")
    }

    /// How long to wait, in seconds up to two minutes.
    static func wait(_ duration: Duration) -> HTML {
        let (whole, rest) = duration.components
        let seconds = max(1, rest > 0 ? whole + 1 : whole)
        guard seconds <= 120 else { return length(duration) }
        return HTML.text("\(seconds) second\(seconds == 1 ? "" : "s")")
    }
}
