package import GatehouseCore

/// A browser's name for itself in a few words: enough for its owner to know it again.
package struct AgentName {
    package let text: String

    /// Looks for a few well-known words; what has none of them is "Unknown browser".
    package init(_ agent: UTF8Text) {
        let bytes = agent.bytes.span
        // Most browsers name those they descend from, too: the youngest has to be looked for first.
        let browser = AgentName.browsers.first { AgentName.contains(bytes, $0.word) }?.name
        let system = AgentName.systems.first { AgentName.contains(bytes, $0.word) }?.name
        switch (browser, system) {
        case (let browser?, let system?): text = "\(browser) on \(system)"
        case (let browser?, nil): text = browser
        case (nil, let system?): text = "A browser on \(system)"
        case (nil, nil): text = "Unknown browser"
        }
    }

    private static let browsers: [(word: StaticString, name: String)] = [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("Wget/", "Wget"),
    ]

    private static let systems: [(word: StaticString, name: String)] = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
        ("Macintosh", "macOS"), ("FreeBSD", "FreeBSD"), ("Linux", "Linux"),
    ]

    private static func contains(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard text.count >= length else { return false }
        return (0...(text.count - length)).contains { text.extracting($0..<($0 + length)).equals(word) }
    }
}
