internal import GatehouseTestSupport

/// What strangers and guests try on a site whose configuration has lost a line.
struct LeftOutProbes {
    let stack: Stack
    /// Alice's session, with a cookie of the application's own beside it.
    let cookie: String
    private static let forged = "forged-by-the-client"

    /// What got through that should not have; empty if the site is closed or sound.
    func leaks() -> [String] {
        var leaks: [String] = []
        func probe(_ name: String, _ path: String, cookie: String? = nil, _ lines: [(String, String)] = []) -> Arrival?
        {
            guard let answer = try? stack.page(path, cookie: cookie, headers: lines, seconds: 3),
                answer.text.contains("\"headers\""), let arrival = try? Arrival(answer)
            else { return nil }
            if let leak = Self.leak(in: arrival) { leaks.append("\(name): \(leak)") }
            return arrival
        }
        let addresses: [[(String, String)]] = [
            [], [("X-Original-URL", "http://\(stack.host)/public/x")], [("X-Forwarded-Uri", "/public/x")],
            [("X-Original-Method", "OPTIONS"), ("X-Forwarded-Method", "OPTIONS")],
            [("X-Forwarded-Host", "public.example.com"), ("X-Forwarded-Proto", "https")],
            [("Gatehouse-Checked", "no-store"), ("Cache-Control", "no-store")],
        ]
        for lines in addresses {
            if probe("stranger", "/headers.json", lines) != nil { leaks.append("a stranger gets in with \(lines)") }
            if probe("rule", "/finance/headers.json", cookie: cookie, lines) != nil {
                leaks.append("a rule does not hold with \(lines)")
            }
        }
        for path in ["/_gatehouse/headers.json", "/_gatehouse_check/headers.json"] where probe("own", path) != nil {
            leaks.append("a stranger gets in by \(path)")
        }
        let names = Forgery.remote.flatMap { name in
            [name, name.lowercased(), name.replacing("-", with: "_"), name.replacing("-", with: "~")]
        }
        let forged = names.map { ($0, Self.forged) }
        _ = probe("open page", "/public/headers.json", forged)
        _ = probe("open page with a session", "/public/headers.json", cookie: cookie, forged)
        for name in names { _ = probe("open page", "/public/headers.json", [(name, Self.forged)]) }
        _ = probe("Alice's page", "/headers.json", cookie: cookie, forged)
        for name in Forgery.remote {
            _ = probe("Alice's page", "/headers.json", cookie: cookie, [(name, Self.forged)])
            _ = probe("Connection", "/headers.json", cookie: cookie, [("Connection", name), (name, Self.forged)])
        }
        _ = probe(
            "others", "/public/headers.json", cookie: cookie,
            [("Gatehouse-Cookie", Self.forged), ("X-Forwarded-For", "198.51.100.6")])
        for upgrade in ["h2c", "h2c, websocket"] {
            for person in [nil, cookie] {
                let path = person == nil ? "/public/headers.json" : "/headers.json"
                _ = probe(
                    "upgrade", path, cookie: person,
                    [
                        ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", upgrade),
                        ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
                    ])
            }
        }
        if probe("hand on", "/public/leads") != nil { leaks.append("an application hands on to what nobody judged") }
        return leaks
    }

    /// Whether Alice can still work: her own page, with her name and without Gatehouse's cookies.
    func works() -> Bool {
        guard let answer = try? stack.page("/headers.json", cookie: cookie, seconds: 3), answer.status == 200,
            let arrival = try? Arrival(answer)
        else { return false }
        return arrival.all("Remote-User") == ["alice"]
    }

    private static func leak(in arrival: Arrival) -> String? {
        for (name, value) in arrival.headers where name.lowercased() != "connection" {
            if value.contains(forged) { return "\(name): \(value)" }
            if name.lowercased() == "cookie", value.contains("gatehouse-local") { return "the session's cookie" }
            if name.lowercased() == "x-forwarded-for", value.contains("198.51.100.6") { return "the client's address" }
            if name.lowercased() == "upgrade", value.lowercased().contains("h2c") { return "an upgrade" }
        }
        for name in Forgery.remote {
            let seen = arrival.all(name).filter { !$0.isEmpty }
            guard seen.isEmpty || seen == Forgery.truthOfAlice[name].map({ [$0] }) else { return "\(name): \(seen)" }
        }
        return nil
    }
}
