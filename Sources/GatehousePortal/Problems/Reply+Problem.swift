extension Reply {
    /// A page about a problem.
    init(_ problem: Problem, _ settings: PortalSettings) {
        self.init(problem.status, problem.page(settings))
        line = problem.hasLine ? .written : .missing
        if problem == .unavailable || problem == .tooMany { setRetryAfter(.seconds(5)) }
    }

    /// A problem that has a line of its own, unless there were too many: its page names no request then.
    init(_ problem: Problem, _ settings: PortalSettings, isWritten: Bool) {
        self.init(problem, settings)
        line = isWritten ? .written : .leftOut
    }
}
