internal import Foundation
internal import GatehouseTestSupport

/// A browser without script on its way to a provider and back, with plain requests through the proxy of a stack.
struct ProviderJourney {
    struct Failure: Error, CustomStringConvertible { let description: String }

    let stack: Stack
    /// The provider's name in the configuration.
    let name: String
    /// By name; of the stack's host alone.
    private(set) var cookies: [String: String] = [:]

    init(_ stack: Stack, at name: String) {
        self.stack = stack
        self.name = name
    }

    /// Follows the button of the sign-in page.
    ///
    /// - Returns: the answer, which leads to the provider if all is well.
    mutating func start(
        returningTo path: String = "/", headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) throws -> Answer {
        let way = SignIn.encoded("http://\(stack.host)\(path)")
        return try page("/_gatehouse/oidc/\(name)?rd=\(way)", headers: headers)
    }

    /// Asks for a page of the stack, keeps what it sets, and follows nothing.
    mutating func page(_ path: String, headers: [(String, String)] = []) throws -> Answer {
        let line = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
        let answer = try stack.page(path, cookie: line.isEmpty ? nil : line, headers: headers)
        take(answer)
        return answer
    }

    /// Sends a form as the provider's page would: from another site.
    mutating func post(_ path: String, _ body: String) throws -> Answer {
        let line = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
        let headers = [
            ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site"), ("Cookie", line),
            ("Origin", "https://provider.example"),
        ]
        let answer = try Exchange.post(path, host: stack.host, port: stack.ports.proxy, headers: headers, body: body)
        take(answer)
        return answer
    }

    /// Goes where the provider is, and brings back the path and query of the address that it sends the browser to.
    func visit(_ provider: HostileProvider, from started: Answer) throws -> String {
        guard let address = started.header("Location"), address.hasPrefix(provider.issuer) else {
            throw Failure(description: "not sent to the provider: \(started.status) \(started.headers) \(started.text)")
        }
        let answer = try provider.fetch(String(address.dropFirst(provider.issuer.count)))
        guard let back = answer.location, let range = back.range(of: stack.host) else {
            throw Failure(description: "the provider sends nobody back: \(answer.head)")
        }
        return String(back[range.upperBound...])
    }

    /// The whole way there and back: the answer of the address that the provider sends people back to.
    mutating func signIn(at provider: HostileProvider, returningTo path: String = "/") throws -> Answer {
        let started = try start(returningTo: path)
        return try page(try visit(provider, from: started), headers: [("Sec-Fetch-Site", "cross-site")])
    }

    /// Follows answers of the stack until one leads nowhere, at most ten.
    mutating func follow(_ answer: Answer) throws -> Answer {
        var answer = answer
        for _ in 0..<10 {
            guard (300..<400).contains(answer.status), let way = answer.header("Location") else { return answer }
            let path = way.range(of: stack.host).map { String(way[$0.upperBound...]) } ?? way
            answer = try page(path)
        }
        throw Failure(description: "sent on ten times, the last time to \(answer.header("Location") ?? "")")
    }

    private mutating func take(_ answer: Answer) {
        for line in answer.all("Set-Cookie") {
            let parts = line.split(separator: ";").first.map {
                $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            }
            guard let parts, parts.count == 2 else { continue }
            cookies[String(parts[0])] = parts[1].isEmpty || line.contains("Max-Age=0") ? nil : String(parts[1])
        }
    }
}
