internal import GatehouseCore
internal import GatehouseSessions

/// A person's own sessions, with the buttons that end them.
struct SessionList {
    let settings: PortalSettings
    let sessions: [ListedSession]
    /// The one that the page is shown in.
    let own: SessionID
    let token: String
    let now: Timestamp

    @HTMLBuilder var html: HTML {
        tag("section", Attribute("aria-labelledby", "sessions")) {
            "<h2 id=\"sessions\">Where you are signed in</h2>"
            tag("ul", .class("sessions")) {
                for session in sessions.sorted(by: { isOwn($0) && !isOwn($1) }) { item(session) }
            }
            if sessions.count > 1 {
                form(name: "others", value: "1") { "End all other sessions" }
            }
        }
    }

    private func isOwn(_ session: ListedSession) -> Bool { session.id == own }

    private func item(_ session: ListedSession) -> HTML {
        let agent = AgentName(session.origin?.agent ?? "")
        return tag("li") {
            tag("div") {
                tag("strong") { HTML.text(agent.text) }
                tag("p", .class("soft")) {
                    if let address = session.origin?.address, !address.isEmpty {
                        HTML.text(address)
                        " · "
                    }
                    if isOwn(session) {
                        "this session"
                    } else {
                        "last seen "
                        TimeWords.ago(now.since(session.session.lastSeen))
                    }
                }
                tag("p", .class("soft")) {
                    "Signed in "
                    TimeWords.ago(now.since(session.session.signedInAt))
                    ", ends within "
                    TimeWords.length(session.session.endsAt.since(now))
                }
            }
            if !isOwn(session) {
                form(name: "session", value: session.id.text) {
                    "End"
                    tag("span", .class("unseen")) {
                        " the session of "
                        HTML.text(agent.text)
                    }
                }
            }
        }
    }

    private func form(name: StaticString, value: String, @HTMLBuilder label: () -> HTML) -> HTML {
        tag("form", Attribute("method", "post"), .action(Link(.accountSessions, of: settings.address))) {
            tag("input", Attribute("type", "hidden"), Attribute("name", "token"), .value(token))
            tag("input", Attribute("type", "hidden"), Attribute("name", name), .value(value))
            tag("button", .class("plain"), Attribute("type", "submit")) { label() }
        }
    }
}

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
