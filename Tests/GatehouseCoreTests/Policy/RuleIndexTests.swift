import GatehouseCore
import Testing

@Suite("The index of the rules")
struct RuleIndexTests {
    private static let host = "app.example.com"

    private func policy(_ rules: [Rule]) throws -> Policy {
        let host = try #require(ApplicationHost(Self.host))
        return Policy(applications: [Application(name: "app", hosts: [host], rules: rules)])
    }

    private func request(_ path: String, _ method: String = "GET") throws -> OriginalRequest {
        try #require(OriginalRequest(method: method, url: "https://\(Self.host)\(path)"))
    }

    /// The rule that decides, counted from 0.
    private func rule(
        _ policy: Policy, _ path: String, _ method: String = "GET", from client: ClientAddress = .unknown
    ) throws -> Int? {
        switch policy.match(try request(path, method), from: client) {
        case .rule(let match): match.rule
        case .decided(let decision, _): decision.trace.rule.map { $0 - 1 }
        }
    }

    private func rules(_ patterns: [[String]], methods: Set<Method> = []) throws -> [Rule] {
        try patterns.map { texts in
            Rule(paths: try texts.map { try PathPattern($0) }, methods: methods, verdict: .deny)
        }
    }

    @Test("finds the first of several rules about a path, however general it is")
    func order() throws {
        let policy = try policy(
            rules([
                ["/a/b/c"], ["/a/*/c", "/x"], ["/a/**"], ["/{one}/{two}"], ["/a/b/d"], ["/*/b/**"], ["/"], ["/a/"],
                ["/**"],
            ]))
        for (path, expected) in [
            ("/a/b/c", 0), ("/a/z/c", 1), ("/x", 1), ("/a", 2), ("/a/", 2), ("/a/b/d", 2), ("/q/r", 3), ("/q/b/d", 5),
            ("/q/b/", 5), ("/q/b", 3), ("/", 6), ("/q", 8), ("/q/", 8),
        ] { #expect(try rule(policy, path) == expected, "\(path)") }
    }

    @Test("keeps paths apart that have the same octets in other segments")
    func segments() throws {
        let policy = try policy(rules([["/ab/c"], ["/a/bc"], ["/a b/é"], ["/abc"]]))
        for (path, expected) in [
            ("/ab/c", 0), ("/a/bc", 1), ("/a%20b/%C3%A9", 2), ("/abc", 3), ("/%61b/%63", 0), ("/a/b", nil),
            ("/ab", nil),
            ("/ab/c/", nil), ("/AB/c", nil), ("/a%20b/e%CC%81", nil),
        ] { #expect(try rule(policy, path) == expected, "\(path)") }
    }

    @Test("finds each of 10,000 rules and of 10,000 applications")
    func many() throws {
        let policy = try policy((0..<10_000).map { try rules([["/area-\($0)/{id}/**", "/old/*/\($0)"]])[0] })
        for number in stride(from: 0, to: 10_000, by: 7) {
            #expect(try rule(policy, "/area-\(number)/x/y") == number)
            #expect(try rule(policy, "/old/x/\(number)") == number)
        }
        #expect(try rule(policy, "/area-10000/x") == nil)
        let sites = try (0..<10_000).map { number in
            Application(
                name: ApplicationName("site-\(number)"),
                hosts: try [
                    #require(ApplicationHost("site-\(number).example.com")),
                    #require(ApplicationHost("*.s\(number).test")),
                ],
                rules: [Rule(verdict: .deny)])
        }
        let many = Policy(applications: sites)
        for number in stride(from: 0, to: 10_000, by: 77) {
            #expect(many.application(for: try #require(Host("site-\(number).example.com"))) == number)
            #expect(many.application(for: try #require(Host("www.s\(number).test"))) == number)
        }
    }

    @Test("takes memory by the length of the patterns, about 100 octets for each segment")
    func size() throws {
        let rules = try (0..<10_000).map { try self.rules([["/area-\($0)/{id}/**"]])[0] }
        let host = try #require(ApplicationHost(Self.host))
        let application = Application(name: "app", hosts: [host], rules: rules)
        #expect(application.indexSize < 20_000 * 130, "\(application.indexSize)")
    }

    @Test("decides like rules that are walked one by one, on 200,000 random cases", arguments: 0..<20)
    func reference(seed: Int) throws {
        var random = Random(seed: UInt64(seed))
        for _ in 0..<200 {
            let rules = try (0..<random.next(30)).map { _ in try randomRule(&random) }
            let policy = try policy(rules)
            for _ in 0..<50 {
                let path =
                    "/" + (0..<(1 + random.next(4))).map { _ in Self.names[random.next(4)] }.joined(separator: "/")
                    + (random.next(4) == 0 ? "/" : "")
                let method = ["GET", "HEAD", "POST", "PUT"][random.next(4)]
                let client = Self.clients[random.next(3)]
                let expected = Linear.first(rules, path, method, client)
                #expect(
                    try rule(policy, path, method, from: client) == expected,
                    "\(method) \(path) \(client): \(rules.map(\.paths))")
            }
        }
    }

    private static let names = ["a", "b", "ab", "c"]
    private static let clients: [ClientAddress] =
        [.unknown] + ["10.1.2.3", "192.0.2.1"].compactMap { IPAddress($0) }.map(ClientAddress.known)

    private func randomRule(_ random: inout Random) throws -> Rule {
        let patterns = try (0..<random.next(3)).map { _ in
            var parts = (0..<random.next(5)).map { index in
                let number = random.next(7)
                return number < 4 ? Self.names[number] : number == 4 ? "{x\(index)}" : "*"
            }
            let ending = random.next(4)
            if ending == 0 { parts.append("**") } else if ending == 1 || parts.isEmpty { parts.append("") }
            return try PathPattern("/" + parts.joined(separator: "/"))
        }
        let methods: [Set<Method>] = [[], [], [.get], [.post], [.head, .post]]
        let networks = random.next(4) > 0 ? [] : [["10.0.0.0/8"], ["10.1.2.0/24", "192.0.2.1"]][random.next(2)]
        return Rule(
            paths: patterns, methods: methods[random.next(methods.count)],
            networks: NetworkSet(networks.compactMap { Network($0) }), verdict: .deny)
    }
}

/// The walk through all rules, written from their description, on texts.
private enum Linear {
    static func first(_ rules: [Rule], _ path: String, _ method: String, _ client: ClientAddress) -> Int? {
        rules.firstIndex { rule in
            let isMethod =
                rule.methods.isEmpty
                || rule.methods.contains { $0.description == method || ($0 == .get && method == "HEAD") }
            if case .known(let address) = client, !rule.networks.isEmpty {
                guard rule.networks.texts.compactMap({ Network($0) }).contains(where: { $0.contains(address) }) else {
                    return false
                }
            }
            return isMethod && (rule.paths.isEmpty || rule.paths.contains { matches($0.description, path) })
        }
    }

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        var wanted = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let given = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let coversBelow = wanted.last == "**"
        if coversBelow { wanted.removeLast() }
        guard coversBelow ? given.count >= wanted.count : given.count == wanted.count else { return false }
        return zip(wanted, given).allSatisfy { $0 == $1 || ($0 == "*" || $0.hasPrefix("{")) && !$1.isEmpty }
    }
}
