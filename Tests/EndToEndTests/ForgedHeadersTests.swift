internal import Testing

/// Every way to write an identity header that some application reads as that header.
enum Forgery {
    static let names = [
        "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Permissions", "Remote-Superuser",
    ]
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
        for name in names {
            for spelling in spellings(of: name) {
                requests.append([(spelling, value)])
                requests.append([(spelling, value), (spelling, value + "2")])
                requests.append([(spelling, value), ("Connection", "close, \(spelling)")])
                requests.append([("Connection", spelling), (spelling, value)])
            }
        }
        requests.append(names.flatMap { spellings(of: $0) }.map { ($0, value) })
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
                #expect(answer.status == 400, "\(lines): \(answer.status)\n\(stack.logs)")
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
        lines.contains { $0.0 == "Connection" && $0.1.lowercased().contains("remote") }
    }

    static let truthOfAlice = [
        "Remote-User": "alice", "Remote-Email": "alice@example.com", "Remote-Groups": "editors",
        "Remote-Permissions": "pages.change_page",
    ]
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
            #expect(Forgery.requests.count > 280)
        }
    }
}
