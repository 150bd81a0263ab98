import GatehouseCore
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("The headers of the portal's answers")
struct PageHeaderTests {
    static let always: [(name: String, value: String)] = [
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"), ("Content-Type", "text/html; charset=utf-8"),
    ]

    /// Requests that together bring every page without a session.
    static let requests: [(method: HTTPRequest.Method, path: String, status: Int)] = [
        (.get, "/login", 200), (.get, "/login?rd=https%3A%2F%2Fapp.example.com%2Fx", 200), (.get, "/logout", 200),
        (.get, "/denied", 403), (.post, "/denied", 403), (.get, "/unavailable", 500), (.get, "/nothing", 404),
        (.put, "/login", 405),
        (.post, "/account", 405), (.post, "/login", 415), (.get, "/" + String(repeating: "a", count: 8_192), 414),
    ]

    @Test("are complete on every page", arguments: requests, PortalFixture.Mode.allCases)
    func complete(_ request: (method: HTTPRequest.Method, path: String, status: Int), mode: PortalFixture.Mode)
        async throws
    {
        let portal = try PortalFixture(mode)
        let answer = try await portal.send(request.method, path: request.path, [("Accept", "text/html")])
        #expect(answer.status == request.status)
        for (name, value) in PageHeaderTests.always { #expect(answer.lines(name) == [value], "\(name)") }
        #expect(answer.header("Strict-Transport-Security") == (mode == .local ? nil : "max-age=63072000"))
        #expect(answer.header("Permissions-Policy")?.contains("camera=()") == true)
        let policy = try #require(answer.header("Content-Security-Policy"))
        #expect(policy.hasPrefix("default-src 'none'; style-src 'self'"))
        #expect(policy.hasSuffix("frame-ancestors 'none'; base-uri 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("script"))
        #expect(!answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control-") || $0.name == .server })
        #expect(!answer.body.contains("<script") && !answer.body.contains("style=") && !answer.body.contains("<style"))
        #expect(answer.header("Content-Length") == "\(answer.body.utf8.count)")
    }

    @Test("let forms end at the portal only, and only the page that goes on from there have a script, and no form")
    func formAction() async throws {
        let portal = try PortalFixture(.domain, home: "https://wiki.example.com:8443/")
        for path in ["/login", "/login?rd=https%3A%2F%2Fapp.example.com%2F"] {
            let form = try await portal.send(path: path)
            #expect(form.header("Content-Security-Policy")?.contains("form-action 'self';") == true)
        }
        let onward = try await portal.send(path: "/login/continue", [("Cookie", try await portal.session())])
        let policy = try #require(onward.header("Content-Security-Policy"))
        #expect(policy.contains("script-src 'self';") && !policy.contains("form-action"))
        #expect(policy.hasPrefix("default-src 'none';") && !onward.body.contains("<form"))
        #expect(onward.body.contains("<script src=\"\(StaticFile.onward.path)\"></script>"))
        for (name, value) in PageHeaderTests.always { #expect(onward.lines(name) == [value], "\(name)") }
    }

    @Test("let the denied page take its style from the portal while it is shown under another host")
    func denied() async throws {
        let portal = try PortalFixture()
        let answer = try await portal.send(path: "/denied", [("Accept", "text/html")], host: "app.example.com")
        #expect(answer.status == 403)
        #expect(
            answer.header("Content-Security-Policy")?.contains("style-src 'self' https://auth.example.com;") == true)
        #expect(answer.body.contains("href=\"https://auth.example.com/static/"))
        #expect(answer.header("Strict-Transport-Security") == nil)
    }

    @Test("let files be kept for ever and be used by the denied page")
    func files() async throws {
        let portal = try PortalFixture(.path)
        let page = try await portal.send(
            path: "/login/continue?rd=https%3A%2F%2Fapp.example.com%2Fx", [("Cookie", try await portal.session())])
        for file in StaticFile.all {
            #expect(page.body.contains("/_gatehouse\(file.path)\""))
            let answer = try await portal.send(path: file.path)
            #expect(answer.status == 200)
            #expect(answer.body.utf8.elementsEqual(file.content))
            #expect(answer.header("Content-Type") == file.contentType.description)
            #expect(answer.header("Cache-Control") == "public, max-age=31536000, immutable")
            #expect(answer.header("Cross-Origin-Resource-Policy") == "cross-origin")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
        }
        #expect(try await portal.send(path: "/static/none.css").status == 404)
    }

    @Test("are the same for HEAD, which has no body", arguments: ["/login", "/logout", "/denied", "/nothing"])
    func head(path: String) async throws {
        let portal = try PortalFixture()
        let get = try await portal.send(path: path, [("Accept", "text/html")])
        let head = try await portal.send(.head, path: path, [("Accept", "text/html")])
        #expect(head.status == get.status)
        #expect(head.body.isEmpty)
        #expect(head.header("Content-Length") == get.header("Content-Length"))
        #expect(head.header("Content-Security-Policy") == get.header("Content-Security-Policy"))
    }
}
