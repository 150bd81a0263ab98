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
            Field.hidden("token", token)
            Field.hidden(name, value)
            tag("button", .class("plain"), Attribute("type", "submit")) { label() }
        }
    }
}
