import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("Pages that say that something is wrong")
struct ErrorPageTests {
    /// The id that a page names.
    private func request(_ answer: Answer) -> String? {
        answer.body.firstMatch(of: /[Rr]equest <code>([0-9a-f]{5}-[0-9a-f]{5})<\/code>/).map { String($0.1) }
    }

    @Test("name a request that stands in the log", arguments: PageHeaderTests.requests.filter { $0.status >= 400 })
    func requestID(_ page: (method: HTTPRequest.Method, path: String, status: Int)) async throws {
        let portal = try PortalFixture()
        let answer = try await portal.send(page.method, path: page.path, [("Accept", "text/html")])
        let id = try #require(request(answer), "\(answer.body)")
        #expect(portal.log.lines.filter { $0.contains("request=\(id) ") }.count == 1, "\(portal.log.text)")
        #expect(answer.body.contains("Error \(page.status), request") == (page.path != "/denied"))
    }

    @Test("do so for a foreign host, a store that is away, and too many attempts, each in its own words")
    func words() async throws {
        let portal = try PortalFixture(contact: "help@example.com")
        let foreign = try await portal.send(path: "/login", host: "evil.example")
        #expect(foreign.body.contains("<strong>https://auth.example.com</strong>"))
        let session = try await portal.session()
        for _ in 0..<3 { _ = try await portal.signIn(name: "bob", password: "wrong") }
        let throttled = try await portal.signIn(name: "bob", password: "wrong")
        #expect(throttled.status == 429 && throttled.body.contains("That was tried too often."))
        portal.store.isAvailable = false
        let away = try await portal.send(path: "/account", [("Cookie", session)])
        #expect(away.status == 503 && away.body.contains("A part of this site does not answer."))
        for answer in [foreign, throttled, away] {
            let id = try #require(request(answer), "\(answer.body)")
            #expect(portal.log.text.contains("request=\(id) "))
            #expect(answer.body.contains("<a href=\"mailto:help@example.com\">help@example.com</a>"))
        }
    }

    @Test("name no request whose line was left out of the log")
    func leftOut() async throws {
        let portal = try PortalFixture()
        for index in 0..<4 {
            let answer = try await portal.send(path: "/login", host: "evil.example")
            #expect((request(answer) != nil) == (index < 2))
        }
        for index in 0..<12 { #expect((request(try await portal.send(path: "/none")) != nil) == (index < 10)) }
        // A form that has to be filled in otherwise is no error of the site.
        #expect(request(try await portal.signIn(password: "wrong")) == nil)
    }

    @Test("say on a host that no application has that it is not set up, whoever asks")
    func unknownHost() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        for cookies in [[], [("Cookie", session)]] {
            let answer = try await portal.send(
                path: "/denied", [("Accept", "text/html")] + cookies, host: "unknown.example.com")
            #expect(answer.status == 403)
            #expect(answer.body.contains("This address is not set up"))
            #expect(!answer.body.contains("account") && request(answer) != nil)
        }
        let relayed = String(decoding: PreRendered.unknownHostHTML(portal.settings), as: UTF8.self)
        #expect(relayed.contains("This address is not set up") && relayed.contains("<style>"))
        let stranger = try await portal.send(path: "/denied", [("Accept", "text/html")], host: "app.example.com")
        #expect(stranger.body.contains("You are not signed in") && !stranger.body.contains("this account"))
    }

    @Test(
        "tell a store that is away from a proxy that asks wrongly",
        arguments: [
            ("503", 503, "does not answer"), ("400", 500, "do not understand"), (nil, 500, "do not understand"),
        ])
    func failedCheck(status: String?, code: Int, words: String) async throws {
        let portal = try PortalFixture()
        let said = status.map { [("Gatehouse-Check-Status", $0)] } ?? []
        for method in [HTTPRequest.Method.get, .post, .delete] {
            let answer = try await portal.send(
                method, path: "/unavailable", [("Accept", "text/html")] + said, host: "app.example.com")
            #expect(answer.status == code && answer.body.contains(words))
            #expect(answer.body.contains("<a class=\"button\" href=\"\">Try again</a>"))
            #expect(request(answer) != nil && answer.header("Retry-After") == "5")
        }
        let json = try await portal.send(path: "/unavailable", said, host: "app.example.com")
        #expect(json.status == code && json.body.utf8.elementsEqual(PreRendered.unavailableJSON))
        // Whoever is no proxy of ours says nothing about checks.
        let stranger = try await portal.send(
            path: "/unavailable", [("Accept", "text/html"), ("Gatehouse-Check-Status", "503")], host: "app.example.com",
            peer: IPAddress("192.0.2.1"))
        #expect(stranger.status == 500)
    }

    @Test("say so in the title where a form was refused")
    func title() async throws {
        let portal = try PortalFixture()
        #expect(try await portal.send(path: "/login").body.contains("<title>Sign in · "))
        #expect(try await portal.signIn(password: "wrong").body.contains("<title>Error: Sign in · "))
    }
}
