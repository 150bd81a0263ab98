internal import Testing

/// Every way to write an identity header that some application reads as that header.
enum Forgery {
    static let remote = [
        "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Permissions", "Remote-Superuser",
    ]
    static let xAuthRequest = [
        "X-Auth-Request-User", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Email", "X-Auth-Request-Groups",
        "X-Auth-Request-Permissions", "X-Auth-Request-Superuser",
    ]
    static let names = remote + xAuthRequest
    /// Those whose every spelling is tried; the others come together with them.
    static let spelled = remote + ["X-Auth-Request-User", "X-Auth-Request-Preferred-Username"]
    static let value = "forged-by-the-client"

    /// The alias class of a name: letter case and every separator, also mixed.
    static func spellings(of name: String) -> [String] {
        var spellings: [String] = []
        for separator in ["-", "_", "."] {
            let base = name.replacing("-", with: separator)
            spellings += [base, base.lowercased(), base.uppercased(), swappedCase(base)]
        }
        return spellings
    }

    private static func swappedCase(_ text: String) -> String {
        String(
            text.enumerated().map {
                $0.offset % 2 == 0 ? Character($0.element.lowercased()) : Character($0.element.uppercased())
            })
    }

    /// Requests' extra lines: each spelling alone, doubled, and beside a `Connection` line that names it; then all at once.
    static let requests: [[(String, String)]] = {
        var requests: [[(String, String)]] = []
        for name in spelled {
            for spelling in spellings(of: name) {
                requests.append([(spelling, value)])
                requests.append([(spelling, value), (spelling, value + "2")])
                requests.append([(spelling, value), ("Connection", "close, \(spelling)")])
                requests.append([("Connection", spelling), (spelling, value)])
            }
        }
        // No more lines than Envoy takes.
        requests.append((remote.flatMap { spellings(of: $0) } + xAuthRequest).map { ($0, value) })
        requests.append([("Remote-User", ""), ("Remote-User", value), ("remote_user", value)])
        requests.append([("X-Remote", "x"), ("Remote-User\t", value)])
        return requests
    }()

    /// Sends every forgery on a page of the given kind; the application must see exactly what Gatehouse said.
    ///
    /// A proxy may refuse a request instead, and a header that a `Connection` line named may be missing: an application reads
    /// that as "nobody".
    static func check(_ stack: Stack, path: String, cookie: String?, truth: [String: String]) throws {
        for lines in requests {
            let answer = try stack.page(path, cookie: cookie, headers: lines)
            guard answer.status == 200 else {
                #expect([400, 403].contains(answer.status), "\(lines): \(answer.status)\n\(stack.logs)")
                continue
            }
            let arrival = try Arrival(answer)
            let text = arrival.headers.filter { $0.name.lowercased() != "connection" }.map { "\($0.name): \($0.value)" }
            #expect(!text.contains { $0.contains(value) }, "\(lines) reached the application: \(text)")
            for name in names {
                let seen = arrival.all(name).filter { !$0.isEmpty }
                let expected = truth[name].map { [$0] } ?? []
                #expect(seen == expected || (seen.isEmpty && namesHop(lines)), "\(lines): \(name) is \(seen)")
            }
        }
    }

    private static func namesHop(_ lines: [(String, String)]) -> Bool {
        lines.contains { name, value in
            name == "Connection" && ["remote", "x-auth"].contains { value.lowercased().contains($0) }
        }
    }

    static let truthOfAlice = [
        "Remote-User": "alice", "Remote-Email": "alice@example.com", "Remote-Groups": "editors",
        "Remote-Permissions": "pages.change_page",
    ]
    /// The same by `headers = "x-auth-request"`.
    static let otherTruthOfAlice = Dictionary(
        uniqueKeysWithValues: zip(remote, xAuthRequest).compactMap { one, other in
            truthOfAlice[one].map { (other, $0) }
        })
}

extension EndToEnd {
    @Suite("Forged identity headers through nginx")
    struct ForgedHeadersTests {
        @Test("never reach the application, for someone who is signed in and on a page for anyone")
        func forged() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            try Forgery.check(stack, path: "/headers.json", cookie: cookie, truth: Forgery.truthOfAlice)
            try Forgery.check(stack, path: "/public/headers.json", cookie: nil, truth: [:])
            // The list covers what it says it covers.
            #expect(Forgery.requests.count > 380)
        }

        @Test(
            "never reach an application that is told by X-Auth-Request-User and its kin, behind the same files",
            arguments: ProxyKind.here)
        func otherPreset(kind: ProxyKind) async throws {
            var settings = Stack.Settings()
            settings.application += "\nheaders = \"x-auth-request\""
            let stack = try await Stack.start(kind.otherPreset, settings: settings)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let truth = Forgery.otherTruthOfAlice
            let arrival = try stack.arrival("/headers.json", cookie: cookie)
            for (name, value) in truth { #expect(arrival.all(name) == [value], "\(name)") }
            try Forgery.check(stack, path: "/headers.json", cookie: cookie, truth: truth)
            try Forgery.check(stack, path: "/public/headers.json", cookie: nil, truth: [:])
        }
    }
}
