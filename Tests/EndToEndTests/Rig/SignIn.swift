internal import Foundation

/// Signing in as a browser without script does it, with plain requests.
struct SignIn {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What the form page gave: the hidden token and the cookie it is bound to.
    struct Form: Sendable {
        let token: String
        let cookie: String
    }

    /// What browsers ask for, and the port where they reach it.
    let host: String
    let port: UInt16
    /// The portal's path there.
    var path = "/_gatehouse"
    /// What stands in front adds to each request; nothing is needed before a proxy.
    var headers: [(String, String)] = []

    /// Through the proxy of a stack.
    init(stack: Stack) { self.init(host: stack.host, port: stack.ports.proxy) }

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Directly at the portal of a stack, as its proxy asks.
    init(portal stack: Stack) {
        self.init(host: stack.host, port: stack.ports.portal)
        path = ""
        headers = [("X-Forwarded-Proto", "http"), ("X-Forwarded-For", "127.0.0.1")]
    }

    /// Opens the form.
    func form() throws -> Form {
        let page = try Exchange.get(
            "\(path)/login", host: host, port: port,
            headers: headers + [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")])
        guard page.status == 200 else { throw Failure(description: "the form: \(page.status) \(page.text)") }
        guard let field = page.text.firstMatch(of: /name="token"[^>]*value="([^"]+)"/),
            let cookie = SignIn.cookies(page).first
        else { throw Failure(description: "the form holds no token or sets no cookie: \(page.headers)") }
        return Form(token: String(field.1), cookie: cookie)
    }

    /// Sends the form.
    func send(
        _ form: Form, _ name: String, _ password: String, agent: String = "", seconds: Int = 30
    ) throws -> Answer {
        let fields = [("token", form.token), ("name", name), ("password", password)]
        let body = fields.map { "\($0)=\(SignIn.encoded($1))" }.joined(separator: "&")
        return try Exchange.post(
            "\(path)/login", host: host, port: port,
            headers: headers + [
                ("Cookie", form.cookie), ("Origin", "http://\(host)"), ("Sec-Fetch-Site", "same-origin"),
                ("Sec-Fetch-Mode", "navigate"), ("Accept", "text/html"),
            ] + (agent.isEmpty ? [] : [("User-Agent", agent)]), body: body, seconds: seconds)
    }

    /// Signs in and returns the session cookie as `name=value`.
    func cookie(_ person: Stack.Person) throws -> String {
        let answer = try send(try form(), person.name, person.password)
        guard answer.status == 303,
            let cookie = SignIn.cookies(answer).first(where: { $0.hasPrefix("gatehouse-local=") })
        else { throw Failure(description: "signing in: \(answer.status) \(answer.headers) \(answer.text)") }
        return cookie
    }

    /// The cookies that an answer sets, as `name=value`, without those it clears.
    private static func cookies(_ answer: Answer) -> [String] {
        answer.all("Set-Cookie").compactMap { $0.split(separator: ";").first.map(String.init) }.filter {
            !$0.hasSuffix("=")
        }
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
