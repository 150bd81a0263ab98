/// A metric that follows from events: what an event says anyhow nobody counts at a place of its own.
package struct EventMetric: Sendable {
    let name: MetricName
    /// One sentence.
    let help: String
    /// Series that are there from the start, so that the first event of a kind is a rise.
    let known: @Sendable (LabelNames) -> [MetricLabels]
    /// To which series an event adds, and how much; `nil` for events that are not meant.
    let share: @Sendable (Event) -> (labels: MetricLabels, count: Int)?

    private init(
        _ name: String, _ help: String, known: @escaping @Sendable (LabelNames) -> [MetricLabels],
        share: @escaping @Sendable (Event) -> (labels: MetricLabels, count: Int)?
    ) {
        self.name = MetricName(name, .counter)
        self.help = help
        self.known = known
        self.share = share
    }

    /// Counts by the values of one label, all of which are known.
    private init(
        _ name: String, _ help: String, by label: String, of values: [String],
        share: @escaping @Sendable (Event) -> (value: String, count: Int)?
    ) {
        self.init(name, help, known: { _ in values.map { [label: $0] } }) { event in
            share(event).map { ([label: $0.value], $0.count) }
        }
    }

    /// Counts how often an event happens.
    private init(_ name: String, _ help: String, of event: EventName) {
        self.init(name, help, known: { _ in [[:]] }) { $0.name == event ? ([:], 1) : nil }
    }
}

/// Names from the configuration that become labels.
struct LabelNames: Sendable {
    let backends: [String]
    let providers: [String]
}

extension EventMetric {
    /// Every metric that follows from events.
    package static let all: [EventMetric] = [
        signIns, providerSignIns,
        EventMetric("gatehouse_sign_ins_lost_total", "Sign-ins whose cookie did not come back.", of: .signInCookieLost),
        EventMetric("gatehouse_sign_outs_total", "People who signed out.", of: .signedOut), sessionsStarted,
        sessionsEnded,
        passwordsChanged, passwordChangesRefused, resetLinks, throttled, formsRefused, events,
    ]

    /// What is in the place of a backend where none is known.
    private static let nobody = "-"

    private static let signIns = EventMetric(
        "gatehouse_sign_ins_total", "Attempts to sign in, by outcome and, where one knew the person, by backend.",
        known: { names in
            names.backends.map { ["outcome": "ok", "backend": $0] }
                + ["failed", "throttled", "busy", "cross-site", "unavailable"].map {
                    ["outcome": $0, "backend": nobody]
                }
        },
        share: { event in
            let outcome: String
            switch event.name {
            case .signedIn: return (["outcome": "ok", "backend": event.text(.backend) ?? nobody], 1)
            case .signInFailed where event.text(.purpose) == "link": return nil
            case .signInFailed: outcome = "failed"
            case .signInThrottled: outcome = "throttled"
            case .signInBusy: outcome = "busy"
            case .formRefused where event.text(.form) == "sign-in": outcome = "cross-site"
            case .unavailable where event.text(.during) == "sign-in": outcome = "unavailable"
            default: return nil
            }
            return (["outcome": outcome, "backend": nobody], 1)
        })

    private static let providerSignIns = EventMetric(
        "gatehouse_provider_sign_ins_total", "Sign-ins at providers, by provider and what became of them.",
        known: { names in
            // Where there are no providers, the metric is there all the same.
            (names.providers.isEmpty ? [nobody] : names.providers).flatMap { provider in
                ["ok", "outage", "throttled", "denied", "misconfigured", "not-admitted"].map {
                    ["provider": provider, "outcome": $0]
                }
            }
        },
        share: { event in
            guard let provider = event.text(.provider) else { return nil }
            let outcome: String
            switch event.name {
            case .signedIn: outcome = "ok"
            case .signInFailed: outcome = event.text(.reason) ?? nobody
            case .signInThrottled: outcome = "throttled"
            case .unavailable where event.text(.during) == "sign-in": outcome = "outage"
            default: return nil
            }
            return (["provider": provider, "outcome": outcome], 1)
        })

    private static let sessionsStarted = EventMetric(
        "gatehouse_sessions_started_total", "Sessions that were started.", known: { _ in [[:]] },
        share: { event in
            switch event.name {
            case .signedIn: ([:], 1)
            // The one that goes on in place of all that ended.
            case .passwordChanged where event.text(.reason) == "own" && event.number(.sessionsEnded) != nil: ([:], 1)
            default: nil
            }
        })

    private static let sessionsEnded = EventMetric(
        "gatehouse_sessions_ended_total", "Sessions that were ended here, by why; what ran out of time is not counted.",
        by: "reason", of: ["sign-out", "owner", "others", "limit", "account", "provider", "password"]
    ) { event in
        switch event.name {
        case .signedOut: ("sign-out", 1)
        case .sessionEnded: (event.text(.reason) ?? nobody, event.number(.sessionsEnded) ?? 1)
        case .passwordChanged: ("password", event.number(.sessionsEnded) ?? 0)
        default: nil
        }
    }

    private static let passwordsChanged = EventMetric(
        "gatehouse_passwords_changed_total", "Passwords that were changed on the portal, by the way.", by: "reason",
        of: ["own", "required", "link"]
    ) { event in
        event.name == .passwordChanged ? (event.text(.reason) ?? nobody, 1) : nil
    }

    private static let passwordChangesRefused = EventMetric(
        "gatehouse_password_changes_refused_total", "Changes of a password that were refused, by why.", by: "reason",
        of: ["wrong", "throttled", "busy"]
    ) { event in
        switch event.name {
        case .passwordChangeFailed: ("wrong", 1)
        case .passwordChangeThrottled, .newPasswordThrottled: ("throttled", 1)
        case .passwordChangeBusy: ("busy", 1)
        default: nil
        }
    }

    private static let resetLinks = EventMetric(
        "gatehouse_reset_links_total", "Links for a new password, by what became of them.", by: "outcome",
        of: ["sent", "used", "throttled"]
    ) { event in
        switch event.name {
        case .resetAsked: ("sent", event.number(.mails) ?? 0)
        case .resetUsed: ("used", 1)
        case .resetThrottled: ("throttled", 1)
        default: nil
        }
    }

    private static let throttled = EventMetric(
        "gatehouse_throttled_total", "Attempts with a password that came after too many failures, by the limit.",
        by: "limit", of: ["name", "address", "device", "new-password"]
    ) { event in
        switch event.name {
        case .signInThrottled, .passwordChangeThrottled: (event.text(.limit) ?? nobody, 1)
        case .newPasswordThrottled: ("new-password", 1)
        default: nil
        }
    }

    private static let formsRefused = EventMetric(
        "gatehouse_forms_refused_total", "Forms that did not come from the portal's own page, by why.", by: "reason",
        of: ["foreign-page", "form-token", "other-origin"]
    ) { event in
        event.name == .formRefused ? (event.text(.reason) ?? nobody, 1) : nil
    }

    private static let events = EventMetric(
        "gatehouse_events_total", "Events of the log, by name.", by: EventField.event.rawValue,
        of: EventName.allCases.map(\.rawValue)
    ) { event in
        (event.name.rawValue, 1)
    }
}

extension Event {
    fileprivate func text(_ field: EventField) -> String? { self[field]?.description }

    fileprivate func number(_ field: EventField) -> Int? {
        if case .number(let number)? = self[field] { number } else { nil }
    }
}
