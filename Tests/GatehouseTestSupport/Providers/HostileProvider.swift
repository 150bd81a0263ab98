internal import Foundation
internal import Glibc

/// An OpenID provider of the tests, which can be wrong in one thing at a time: `hostile_provider.py`.
///
/// It begins well-behaved: one client, `gatehouse` with the secret `secret`, any redirect address, and one person, `alice-1`, who is
/// signed in at once. `behave` makes it wrong, `reset` well-behaved again. Two of them are two providers.
package final class HostileProvider: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let clientID = "gatehouse"
    package static let clientSecret = "secret"

    /// With `http`, or `https` where a certificate was given.
    package let issuer: String
    package let port: UInt16
    private let controlPort: UInt16
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts one and waits until it answers; it ends with the last reference.
    ///
    /// With a certificate it calls itself `host`, whatever name the certificate is for.
    package static func start(
        certificates: TestCertificates? = nil, host: String = "localhost"
    ) async throws -> HostileProvider {
        let provider = try HostileProvider(certificates, host)
        let answers = try await eventually(within: .seconds(60)) {
            guard provider.process.isRunning else { throw Failure(description: provider.log) }
            return (try? provider.ask("GET", "/")) != nil
        }
        guard answers else { throw Failure(description: "the provider does not answer: \(provider.log)") }
        return provider
    }

    private init(_ certificates: TestCertificates?, _ host: String) throws {
        (port, controlPort, folder) = (try FreePort.any(), try FreePort.any(), try TemporaryFolder())
        issuer = certificates == nil ? "http://127.0.0.1:\(port)" : "https://\(host):\(port)"
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "hostile_provider.py")
        let tls = certificates.map { [$0.certificate, $0.key, host] } ?? []
        process = try ChildProcess(
            "/usr/bin/python3", [script.path, folder.path, "\(port)", "\(controlPort)"] + tls,
            output: folder.file("log"))
    }

    private var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    /// Makes it wrong in something, beside what was said before.
    ///
    /// A JSON object; its members:
    /// - `id`, `logout`: of ID tokens and of logout tokens: `alg`, `header` and `claims` (merged), `payload` and `raw` (in their place),
    ///   `signature` (`none`, `zero`, `flipped`, `stranger`, `hmac`);
    /// - `person`, `userinfo`, `answer` (the token endpoint's), `discovery`, `keys`, `authorize` (what goes back in the address):
    ///   members that are merged; `null` leaves one out, `{"now": -60}` is a time, `{"json": …}` is taken as it is;
    /// - `respond`: for an endpoint (`discovery`, `jwks`, `token`, `userinfo`, `authorize`, `signout`, `revoke`) `status`, `body`, `type`,
    ///   `headers`, `redirect`, `padding` (octets more), `delay` and `trickle` (seconds), `close`;
    /// - `minimal`: true for an ID token without anything about the person; `no_pkce`: true to take a code without the verifier that
    ///   belongs to it; `secret`: another one; `callback`: another address to send
    ///   browsers to; `form_post`: true; `extra_query`: what follows the parameters.
    package func behave(_ json: String) throws { _ = try ask("POST", "/behave", json) }

    /// Is well-behaved again, and forgets whom it knew and what it was asked.
    package func reset() throws { _ = try ask("POST", "/reset", "{}") }

    /// Has other keys from now on.
    package func rotateKeys() throws { _ = try ask("POST", "/rotate", "{}") }

    /// Sends a message that somebody signed out to an address over http, and says the status of the answer.
    ///
    /// `host` is what is named there; `claims` is a JSON object, merged into the right claims; `token` is sent in place of one that it
    /// makes.
    package func signOut(
        to address: String, host: String? = nil, claims: String = "{}", token: String? = nil
    ) throws -> Int {
        var members = ["\"to\":\"\(address)\"", "\"claims\":\(claims)"]
        if let host { members.append("\"host\":\"\(host)\"") }
        if let token { members.append("\"token\":\"\(token)\"") }
        let answer = try ask("POST", "/logout", "{\(members.joined(separator: ","))}")
        let document = try JSONSerialization.jsonObject(with: answer) as? [String: Int]
        guard let status = document?["status"] else { throw Failure(description: log) }
        return status
    }

    /// A request that came to it.
    package struct Request: Decodable, Sendable {
        /// The endpoint, as `behave` calls it.
        package let to: String
        package let method: String
        package let query: [String: String]
        package let form: [String: String]
        package let headers: [String: String]
    }

    /// What came since the start or `reset`, in that order.
    package func requests() throws -> [Request] {
        try JSONDecoder().decode([Request].self, from: try ask("GET", "/requests"))
    }

    /// What came to one endpoint.
    package func requests(to endpoint: String) throws -> [Request] { try requests().filter { $0.to == endpoint } }

    /// Ends: nobody answers from now on.
    package func stop() {
        process.signal(SIGKILL)
        process.waitForExit()
    }

    /// SIGSTOP: connections are taken by the system, and nothing answers.
    package func freeze() { process.signal(SIGSTOP) }
    /// SIGCONT.
    package func thaw() { process.signal(SIGCONT) }

    /// An answer of one of its endpoints.
    package struct Answer: Sendable {
        package let status: Int
        /// The line of the status and the headers.
        package let head: String
        package let body: [UInt8]

        /// Where it sends on to.
        package var location: String? {
            head.split(separator: "\r\n").first { $0.hasPrefix("Location: ") }.map { String($0.dropFirst(10)) }
        }
    }

    /// Asks one of its endpoints, over http, as a client would: with a form by POST, else by GET.
    package func fetch(_ path: String, form: String? = nil) throws -> Answer {
        let type = "Content-Type: application/x-www-form-urlencoded\r\n"
        return try request(port, form == nil ? "GET" : "POST", path, form ?? "", headers: form == nil ? "" : type)
    }

    private func ask(_ method: String, _ path: String, _ body: String = "") throws -> Data {
        let answer = try request(controlPort, method, path, body)
        guard answer.status == 200 else {
            throw Failure(description: "the provider does not understand \(path) \(body): \(log)")
        }
        return Data(answer.body)
    }

    private func request(
        _ port: UInt16, _ method: String, _ path: String, _ body: String, headers: String = ""
    ) throws -> Answer {
        let socket = try LocalSocket(.tcp(port: port), seconds: 30)
        let head = "\(method) \(path) HTTP/1.0\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n"
        try socket.send(Array((head + body).utf8))
        var answer: [UInt8] = []
        while case let more = try socket.receive(), !more.isEmpty { answer += more }
        guard let range = answer.firstRange(of: Array("\r\n\r\n".utf8)),
            let status = Int(String(decoding: answer.dropFirst(9).prefix(3), as: UTF8.self))
        else { throw Failure(description: "the provider gives no answer to \(path): \(log)") }
        return Answer(
            status: status, head: String(decoding: answer[..<range.upperBound], as: UTF8.self),
            body: Array(answer[range.upperBound...]))
    }
}
