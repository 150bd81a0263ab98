import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Synchronization
import Testing

@testable import GatehousePortal

@Suite("Forms from elsewhere")
struct CrossSiteTests {
    typealias Headers = [(String, String)]

    @Test(
        "are refused by what the browser says of them",
        arguments: [
            [("Origin", "https://evil.example")], [("Origin", "null")], [("Origin", "http://auth.example.com")],
            [("Origin", "https://app.example.com")], [("Origin", "https://auth.example.com:8443")], [("Origin", "")],
            [("Origin", "https://auth.example.com"), ("Origin", "https://auth.example.com")],
            [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "x")],
            [("Origin", "https://auth.example.com"), ("Sec-Fetch-Site", "same-site")],
            [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
            [("Referer", "https://evil.example/login")], [("Referer", "https://auth.example.com.evil.example/")],
            [("Referer", "x")], [("Origin", "null"), ("Sec-Fetch-Site", "none")],
            [("Origin", "null"), ("Sec-Fetch-Site", "same-site")],
            [("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
            [("Origin", "null"), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")],
            [("Origin", "null"), ("Referer", "https://auth.example.com/login")],
        ] as [Headers])
    func foreign(headers: Headers) async throws {
        let portal = try PortalFixture()
        let (form, pre) = try await openForm(portal)
        let fields = [("token", try #require(form.token)), ("name", "alice"), ("password", "correct horse")]
        let answer = try await portal.post("/login", fields, cookies: [pre], headers: headers)
        #expect(answer.status == 403)
        #expect(answer.lines("Set-Cookie").isEmpty)
        #expect(portal.store.dump.isEmpty)
        #expect(portal.events[.formRefused] == 1)
        let session = try await portal.session()
        let question = try await portal.send(path: "/logout", [("Cookie", session)])
        let out = try await portal.post(
            "/logout", [("token", try #require(question.token))], cookies: [session], headers: headers)
        #expect(out.status == 403)
        #expect(try await portal.send(path: "/account", [("Cookie", session)]).status == 200)
    }

    @Test(
        "are told from our own",
        arguments: [
            [], [("Origin", "https://auth.example.com")],
            [("Origin", "https://auth.example.com"), ("Sec-Fetch-Site", "same-origin")],
            [("Sec-Fetch-Site", "none")], [("Referer", "https://auth.example.com/login?rd=x")],
            [("Referer", "https://auth.example.com")],
            [("Origin", "https://auth.example.com"), ("Referer", "https://evil.example/")],
            // What pages under `Referrer-Policy: no-referrer` send.
            [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "same-origin")],
        ] as [Headers])
    func own(headers: Headers) async throws {
        let portal = try PortalFixture()
        let (form, pre) = try await openForm(portal)
        let fields = [("token", try #require(form.token)), ("name", "alice"), ("password", "correct horse")]
        #expect(try await portal.post("/login", fields, cookies: [pre], headers: headers).status == 303)
    }

    @Test("without the right token get the form again, with the name and the place kept")
    func token() async throws {
        let portal = try PortalFixture()
        let (form, pre) = try await openForm(portal)
        let right = try #require(form.token)
        let session = try await portal.session()
        let ofSession = try #require(try await portal.send(path: "/account", [("Cookie", session)]).token)
        let zeros = String(repeating: "A", count: 43)
        let cases: [(token: String?, cookies: [String])] = [
            (nil, [pre]), ("", [pre]), (zeros, [pre]), (zeros + zeros, [pre]), (right + "A", [pre]), (ofSession, [pre]),
            (ofSession, [session]), (flipped(right, at: 3), [pre]), (flipped(right, at: 70), [pre]),
        ]
        for (token, cookies) in cases {
            var fields = [("name", "alice"), ("password", "correct horse"), ("rd", "https://app.example.com/x")]
            if let token { fields.append(("token", token)) }
            let answer = try await portal.post("/login", fields, cookies: cookies)
            #expect(answer.status == 403)
            #expect(answer.body.contains("Please try again."))
            #expect(
                answer.body.contains("value=\"alice\"") && answer.body.contains("value=\"https://app.example.com/x\""))
            #expect(answer.setCookie(portal.sessionCookie) == nil)
            let again = "\(portal.preCookie)=\(try #require(answer.cookie(portal.preCookie)))"
            let retry = [("name", "alice"), ("password", "correct horse"), ("token", try #require(answer.token))]
            #expect(try await portal.post("/login", retry, cookies: [again]).status == 303)
        }
    }

    private func flipped(_ text: String, at index: Int) -> String {
        var characters = Array(text)
        characters[index] = characters[index] == "A" ? "B" : "A"
        return String(characters)
    }

    @Test("from the portal's own host under another scheme or port are refused, and say which address is right")
    func elsewhere() async throws {
        for origin in ["http://auth.example.com", "https://auth.example.com:8443"] {
            let portal = try PortalFixture()
            let answer = try await portal.post("/login", [("name", "alice")], headers: [("Origin", origin)])
            #expect(answer.status == 403)
            #expect(answer.body.contains("<strong>\(origin)</strong>"))
            #expect(answer.body.contains("href=\"https://auth.example.com/login\""))
            #expect(
                portal.log.lines.contains {
                    $0.contains("reason=other-origin") && $0.contains("portal.url = \"https://auth.example.com\"")
                })
        }
    }

    @Test(
        "that no page of ours sends are refused before anything is done",
        arguments: [
            ("name=a&name=b", "application/x-www-form-urlencoded", 400),
            ("name=%", "application/x-www-form-urlencoded", 400),
            ("{}", "application/json", 415), ("name=a", "text/plain", 415),
            ("name=a", "multipart/form-data; boundary=x", 415),
            (String(repeating: "a", count: 16_385), "application/x-www-form-urlencoded", 413),
            (
                (1...40).map { "f\($0)=1" }.joined(separator: "&"), "application/x-www-form-urlencoded; charset=utf-8",
                400
            ),
        ])
    func unusable(body: String, type: String, status: Int) async throws {
        let portal = try PortalFixture()
        for path in ["/login", "/logout"] {
            let answer = try await portal.send(
                .post, path: path, [("Origin", portal.origin), ("Content-Type", type)], body: body)
            #expect(answer.status == status)
        }
        let announced = try await portal.send(
            .post, path: "/login",
            [("Content-Type", "Application/X-WWW-Form-URLencoded"), ("Content-Length", "999999")])
        #expect(announced.status == 413)
    }

    @Test("with a name that is no text are refused")
    func name() async throws {
        let portal = try PortalFixture()
        let (form, pre) = try await openForm(portal)
        let answer = try await portal.send(
            .post, path: "/login", [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", pre)],
            body: "name=%ff&password=x&token=\(try #require(form.token))")
        #expect(answer.status == 400)
    }

    private func openForm(_ portal: PortalFixture) async throws -> (form: Answer, pre: String) {
        let form = try await portal.send(path: "/login")
        return (form, "\(portal.preCookie)=\(try #require(form.cookie(portal.preCookie)))")
    }
}
