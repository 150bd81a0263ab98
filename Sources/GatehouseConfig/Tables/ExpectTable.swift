package import GatehouseCore

/// `[[expect]]`: a decision that the operator wants to see, checked before the configuration counts.
package struct ExpectTable: Sendable {
    /// `nil` for a stranger.
    package let user: UserName?
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
        guard let word else { return nil }
        self.user = user.map { UserName($0.value) }
        if let user, let name = self.user { table.log.mention(.user(name), user) }
        self.request = request
        url = text.value
        outcome = word.outcome
        line = table.place.line
    }
}
