package import GatehouseCore

/// `[[expect]]`: a decision that the operator wants to see, checked before the configuration counts.
package struct ExpectTable: Sendable {
    /// `nil` for a stranger.
    package let user: UserName?
    /// Where the client is; `.unknown` where it does not matter.
    package let client: ClientAddress
    /// When it asks; `nil` where it does not matter.
    package let moment: Timestamp?
    /// A GET request for the address.
    package let request: OriginalRequest
    /// The address as written.
    package let url: String
    /// `.allow`, `.deny` or `.challenge`.
    package let outcome: Decision.Outcome
    package let line: Int?

    private enum Word: String, CaseIterable {
        case allow, deny, challenge

        var outcome: Decision.Outcome {
            switch self {
            case .allow: .allow
            case .deny: .deny
            case .challenge: .challenge
            }
        }
    }

    init?(_ table: TableReader, policy: Policy) {
        let user = table.string("user")
        if let user, user.value.utf8.isEmpty {
            table.log.add(user, "must not be empty; leave it out for a stranger")
        }
        if let user { _ = table.log.refuseBlanks(user.value, in: user) }
        let word = table.choice("is", Word.self)
        if table.value("is") == nil { table.require("is", Shown.choices(Word.allCases.map(\.rawValue))) }
        let text = table.string("url")
        if table.value("url") == nil { table.require("url", "an address like \"https://reports.example.com/admin/\"") }
        let client = ExpectTable.client(table)
        let moment = ExpectTable.moment(table)
        table.finish()
        guard let text else { return nil }
        guard let request = OriginalRequest(method: "GET", url: text.value) else {
            table.log.add(
                text,
                "must be a whole address like \"https://reports.example.com/admin/\", is \(text.seen)"
                    + HostAdvice.about(url: text.value))
            return nil
        }
        guard policy.application(for: request.authority.host) != nil else {
            table.log.add(text, "must be on a host of an application, is \(text.seen)")
            return nil
        }
        ExpectTable.judge(request, client, moment, table, policy)
        guard let word else { return nil }
        self.client = client
        self.moment = moment
        self.user = user.map { UserName($0.value) }
        if let user, let name = self.user { table.log.mention(.user(name), user) }
        self.request = request
        url = text.value
        outcome = word.outcome
        line = table.place.line
    }

    private static func client(_ table: TableReader) -> ClientAddress {
        guard let text = table.string("from") else { return .unknown }
        if let address = IPAddress(text.value) { return .known(address) }
        table.log.add(text, "must be an address like \"10.0.0.7\", is \(text.seen)")
        return .unknown
    }

    private static func moment(_ table: TableReader) -> Timestamp? {
        guard let text = table.string("at") else { return nil }
        if let moment = Timestamp(rfc3339: text.value) { return moment }
        table.log.add(text, "must be a moment like \"2026-11-30T09:00:00+01:00\", is \(text.seen)")
        return nil
    }

    /// Complains where a rule looks at what the expectation does not say: its answer would be about something else.
    private static func judge(
        _ request: OriginalRequest, _ client: ClientAddress, _ moment: Timestamp?, _ table: TableReader,
        _ policy: Policy
    ) {
        switch policy.match(request, from: client) {
        case .decided(let decision, _):
            guard decision.trace.reason == .unknownAddress, table.value("from") == nil else { return }
            let rule = decision.trace.rule.map { "rule \($0) " } ?? "a rule "
            table.require("from", "\(rule)looks at the client's address; write one like \"10.0.0.7\"")
        case .rule(let match):
            guard moment == nil, table.value("at") == nil,
                !policy.applications[match.application].rules[match.rule].windows.isEmpty
            else { return }
            table.require(
                "at", "rule \(match.rule + 1) looks at the time; write one like \"2026-11-30T09:00:00+01:00\"")
        }
    }
}
