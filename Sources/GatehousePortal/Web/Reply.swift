/// An answer before it is put on the wire.
struct Reply: Sendable {
    var status: Int
    /// Beside the ones that every answer has.
    var headers: [(name: StaticString, value: String)] = []
    private(set) var body: Body
    /// Whether the address that was asked for is nobody else's business, not even that of the portal's own pages.
    var hidesAddress = false
    /// Whether the log has a line about this request.
    var line = Line.written

    enum Line: Sendable {
        case written
        case missing
        /// There were too many.
        case leftOut
    }

    enum Body: Sendable {
        case none
        case page(Page)
        case file(StaticFile)
        case json([UInt8])
    }

    init(_ status: Int, _ page: Page) {
        self.status = status
        body = .page(page)
    }

    /// Nothing to show.
    init(_ status: Int) {
        self.status = status
        body = .none
    }

    init(_ file: StaticFile) {
        status = 200
        body = .file(file)
    }

    init(_ status: Int, json: [UInt8]) {
        self.status = status
        body = .json(json)
    }

    /// Sends a browser to another page with `GET`.
    init(seeOther link: Link) {
        status = 303
        body = .none
        add("Location", link.text)
    }

    /// Writes onto a page about an error by what it is found again in the log.
    mutating func mark(_ request: RequestID) {
        guard case .page(var page) = body else { return }
        page.reference = Page.Reference(status: status, request: request.description)
        body = .page(page)
    }

    /// Whether it tells of an error, and not only that a form has to be filled in otherwise or that a link is used up.
    var isAboutError: Bool { status >= 400 && status != 422 && status != 410 }

    mutating func add(_ name: StaticString, _ value: String) { headers.append((name, value)) }

    /// Says when to come back, in whole seconds, rounded up.
    mutating func setRetryAfter(_ wait: Duration) {
        let (seconds, attoseconds) = wait.components
        add("Retry-After", String(max(1, attoseconds > 0 ? seconds &+ 1 : seconds)))
    }

    mutating func setCookie(_ line: String) { add("Set-Cookie", line) }
}
