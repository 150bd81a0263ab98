internal import GatehouseCore

/// A request as nginx sends it, the rules that it falls under, and who asks.
struct Sample {
    let policy: Policy
    let request: OriginalRequest
    let identity = Identity(
        user: UserReference(backend: "database", id: "1"), name: "alice", displayName: "Alice Example",
        email: "alice@example.com", groups: ["admins", "staff"],
        permissions: ["reports.change_report", "reports.view_report"])

    init() throws {
        policy = try Self.makePolicy()
        guard let request = OriginalRequest(method: "GET", url: "https://\(Self.host)\(Self.path)") else {
            throw Unexpected()
        }
        self.request = request
    }

    private static let host = "reports.example.com"
    private static let path = "/reports/2026/11?page=2"

    let head = Self.head(cookie: "__Host-gatehouse=\(String(repeating: "A", count: 43))")

    static func head(cookie: String) -> [UInt8] {
        Array(
            """
            GET /auth/request HTTP/1.1
            Host: gatehouse
            X-Original-Method: GET
            X-Original-URL: https://\(host)\(path)
            X-Forwarded-For: 192.0.2.7
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
            Accept-Language: en-GB,en;q=0.5
            Cookie: theme=dark; \(cookie)


            """.replacing("\n", with: "\r\n").utf8)
    }

    /// An application with so many rules, and a request that falls under the last one.
    static func manyRules(_ count: Int) throws -> (policy: Policy, request: OriginalRequest) {
        let rules = try (1...count).map { number in
            Rule(
                paths: [try PathPattern("/area-\(number)/{id}/**")], methods: number % 3 == 0 ? [.get, .post] : [],
                verdict: .allow([.group("admins")]))
        }
        guard let host = ApplicationHost(host),
            let request = OriginalRequest(method: "GET", url: "https://\(Self.host)/area-\(count)/2026/11?page=2")
        else { throw Unexpected() }
        return (Policy(applications: [Application(name: "many", hosts: [host], rules: rules)]), request)
    }

    private static func makePolicy() throws -> Policy {
        let names = (0..<20).map { "app\($0).example.com" } + [host]
        return Policy(
            applications: try names.map { name in
                guard let host = ApplicationHost(name) else { throw Unexpected() }
                return Application(
                    name: ApplicationName(name), hosts: [host],
                    disclosure: Disclosure(groups: [NamePattern("admins")], permissions: [NamePattern("reports.*")]),
                    rules: [
                        Rule(
                            paths: [try PathPattern("/health"), try PathPattern("/public/**")],
                            verdict: .allow([.anyone])),
                        Rule(paths: [try PathPattern("/admin/**")], verdict: .allow([.group("admins")])),
                        Rule(
                            paths: [try PathPattern("/reports/**")],
                            verdict: .allow([.permission("reports.change_report")])),
                        Rule(verdict: .allow([.signedIn])),
                    ])
            })
    }
}
