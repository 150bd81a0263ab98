internal import GatehouseCore

/// What a proxy shows in place of a page when the check for it brought no decision; shown under the application's own host.
struct FailedCheckPage {
    let settings: PortalSettings

    /// Why there is no decision, as far as the proxy says.
    enum Reason: Sendable {
        /// Gatehouse could not find out: its store did not answer.
        case unavailable
        /// The check refused the proxy's question, or the proxy never asked it: its configuration has to be looked at.
        case misconfigured

        /// Takes the status that the check answered with; `nil` if the proxy names none.
        init(status: [UInt8]?) {
            self = status?.span.equals("503") == true ? .unavailable : .misconfigured
        }

        var status: Int {
            switch self {
            case .unavailable: 503
            case .misconfigured: 500
            }
        }
    }

    func page(_ reason: Reason) -> Page {
        switch reason {
        case .unavailable:
            Page("Not available at the moment", isForeign: true) {
                "<h1>Not available at the moment</h1>"
                """
                <p class="soft">Whether you may open this page cannot be found out right now, because a part of this site does \
                not answer. Please try again in a moment.</p>
                """
                help
                FailedCheckPage.again
            }
        case .misconfigured:
            Page("Something is wrong with this site", isForeign: true) {
                "<h1>Something is wrong with this site</h1>"
                """
                <p class="soft">Whether you may open this page could not be found out, so it stays closed. That is not your \
                fault: the web server and the service that checks who may come in do not understand each other, and the log \
                says why.</p>
                """
                help
                FailedCheckPage.again
            }
        }
    }

    private var help: HTML {
        tag("p", .class("soft")) {
            "If it stays like this, tell "
            settings.contactPhrase
            "."
        }
    }

    /// An empty address is that of the page itself.
    private static let again: HTML = "<a class=\"button\" href=\"\">Try again</a>"
}
