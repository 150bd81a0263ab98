internal import GatehouseTestSupport

/// What a person does in a browser at a provider's own pages.
extension RealProvider {
    /// A page that wants something, known by an element that no other page has.
    private struct Step: Sendable {
        let mark: String
        /// What it says when it is whole.
        var words = ""
        var fields: [(selector: String, text: String)] = []
        let button: String
        /// Whether it asks who somebody is, and not only whether they agree.
        var asksWho = false
    }

    /// Does what the pages ask for until they send the browser away; `person` is who that is there, by default who has an account.
    ///
    /// - Returns: whether anybody had to say who they are: a provider that knows the browser does not ask.
    @discardableResult
    func letIn(_ browser: Browser, as person: String? = nil) async throws -> Bool {
        try await walk(signInSteps(person ?? self.person), browser)
    }

    /// Says yes to signing out there, until its pages send the browser away.
    func letOut(_ browser: Browser) async throws { _ = try await walk(signOutSteps, browser) }

    /// Whether the browser is at the end of its pages for signing out: one of them never sends anybody away.
    func isLeft(by browser: Browser) -> Bool {
        guard isShown(in: browser) else { return true }
        return kind == .glewlwyd && (try? browser.text("body"))?.contains("You are disconnected") == true
    }

    /// Whether the browser is at one of its pages.
    func isShown(in browser: Browser) -> Bool {
        (try? browser.address)?.hasPrefix("http://127.0.0.1:\(port)/") == true
    }

    private func walk(_ steps: [Step], _ browser: Browser) async throws -> Bool {
        var hasAsked = false
        let isOver = await eventually(within: .seconds(60)) {
            guard !isLeft(by: browser) else { return true }
            // A page may go while it is looked at, or not be whole yet: what is there next is looked at anew.
            guard let step = steps.first(where: { (try? take($0, browser)) == true }) else {
                try? await Task.sleep(for: .milliseconds(30))
                return false
            }
            hasAsked = hasAsked || step.asksWho
            return false
        }
        guard isOver else {
            throw Failure(
                description: "\(kind) keeps the browser at \(try browser.address): \(try browser.text("body"))")
        }
        return hasAsked
    }

    /// Does what one page asks for, if it is there; pages of scripts stay for a moment, and are given nothing twice.
    private func take(_ step: Step, _ browser: Browser) throws -> Bool {
        guard browser.exists(step.mark) else { return false }
        let taken = try browser.script("return document.documentElement.dataset.taken || ''")
        guard !taken.contains(step.mark), try step.words.isEmpty || browser.text("body").contains(step.words) else {
            return false
        }
        for field in step.fields where browser.isEnabled(field.selector) {
            try browser.fill(field.selector, with: field.text)
        }
        _ = try browser.script("return document.documentElement.dataset.taken = '\(taken) \(step.mark)'")
        do { try browser.click(step.button) } catch {
            _ = try browser.script("return document.documentElement.dataset.taken = '\(taken)'")
            throw error
        }
        return true
    }

    // Long: a table of pages.
    private func signInSteps(_ person: String) -> [Step] {
        switch kind {
        case .glewlwyd:
            let grant = ".card-body button.btn-primary:not(.dropdown-toggle):not(#loginbut)"
            return [
                Step(
                    mark: "#passwordForm", fields: [("#username", person), ("#password", password)],
                    button: "#loginbut",
                    asksWho: true),
                Step(mark: grant, button: grant),
                Step(mark: "button.btn-success", button: "button.btn-success"),
            ]
        case .lemonldap:
            return [
                // That it will ask again.
                Step(mark: "#upgrd", button: "#upgrd button[type=submit]"),
                Step(
                    mark: "#passwordfield", fields: [("#userfield", person), ("#passwordfield", password)],
                    button: "#lform button[type=submit]", asksWho: true),
            ]
        case .django:
            return [
                Step(
                    mark: "#id_password", fields: [("#id_username", person), ("#id_password", password)],
                    button: "input[type=submit]", asksWho: true)
            ]
        case .canaille:
            return [
                Step(mark: "#accept", button: "#accept"),
                Step(
                    mark: "input[name=password]", fields: [("input[name=password]", password)],
                    button: "button.primary[type=submit]", asksWho: true),
                Step(
                    mark: "input[name=login]", fields: [("input[name=login]", person)], button: "button[name=answer]",
                    asksWho: true),
            ]
        case .mock:
            return [
                Step(
                    mark: "input[name=sub]", fields: [("input[name=sub]", person)],
                    button: "form:has(input[name=sub]) button", asksWho: true)
            ]
        }
    }

    private var signOutSteps: [Step] {
        switch kind {
        case .glewlwyd:
            let button = "button.btn-danger:not(.dropdown-toggle)"
            return [Step(mark: button, words: "The client Gatehouse", button: button)]
        case .lemonldap: return [Step(mark: "#form.confirm", button: "#form button.positive")]
        // Signs out at once.
        case .django: return []
        case .canaille: return [Step(mark: "#logout", button: "#logout")]
        case .mock: return [Step(mark: "form[action*=end_session]", button: "form[action*=end_session] button")]
        }
    }
}
