import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Testing

@testable import GatehousePortal

@Suite("The portal's places")
struct PlaceTests {
    @Test("are found with and without the prefix", arguments: ["", "/_gatehouse"])
    func prefix(prefix: String) throws {
        let places = try PortalFixture().portal.places
        func route(_ path: String) -> Place? {
            places.row(at: Array((prefix + path).utf8), below: "/_gatehouse")?.place
        }
        #expect(route("/login") == .signIn)
        #expect(route("/logout") == .signOut)
        #expect(route("/account") == .account)
        #expect(route("/denied") == .denied)
        #expect(route("/") == .home)
        #expect(route(StaticFile.mark.path) == .file(.mark))
    }

    @Test(
        "are nothing in any other spelling",
        arguments: [
            "/Login", "/login/", "//login", "/%6Cogin", "/login;x", "/_gatehouselogin", "/_gatehouse/_gatehouse/login",
            "login", "/static/",
            "/static/../login", "/login\u{301}",
        ])
    func unknown(path: String) throws {
        let places = try PortalFixture().portal.places
        #expect(places.row(at: Array(path.utf8), below: "/_gatehouse")?.place == nil)
    }

    @Test("stand in the table once, and every link of the portal leads to one")
    func table() throws {
        let places = try PortalFixture().portal.places
        #expect(Set(places.rows.map(\.place)).count == places.rows.count)
        let linked: [Place] = [
            .signIn, .signInPassword, .onward, .signOut, .account, .accountPassword, .accountSessions, .reset,
            .resetPassword, .setup, .file(.styleSheet), .file(.mark), .file(.onward),
        ]
        for place in linked {
            #expect(places.row(at: Array(place.path.utf8), below: "")?.place == place)
        }
    }

    @Test(
        "name the methods they take",
        arguments: [
            ("/account", "GET, HEAD"), ("/login", "GET, HEAD, POST"), ("/logout", "GET, HEAD, POST"),
            ("/", "GET, HEAD"),
        ])
    func methods(path: String, allowed: String) async throws {
        let answer = try await PortalFixture().send(.delete, path: path)
        #expect(answer.status == 405)
        #expect(answer.header("Allow") == allowed)
    }

    @Test("belong to the portal's host only")
    func host() async throws {
        let portal = try PortalFixture()
        for host in ["evil.example", "auth.example.com.evil.example", "auth.example.com@evil", "", "app.example.com"] {
            for path in ["/login", "/account", "/", "/nothing"] {
                #expect(try await portal.send(path: path, host: host).status == 421)
            }
        }
        for host in ["AUTH.example.com", "auth.example.com:8443", "auth.example.com."] {
            #expect(try await portal.send(path: "/login", host: host).status == 200)
        }
    }

    @Test("of another host are told in the log, twice in a second with the count of the rest")
    func misdirected() async throws {
        let portal = try PortalFixture()
        let long = "evil.example" + String(repeating: "x", count: 300)
        for _ in 0..<5 { _ = try await portal.send(path: "/login", host: long) }
        func lines() -> [String] { portal.log.lines.filter { $0.contains("not the portal's") } }
        #expect(lines().count == 2)
        #expect(lines().first?.contains("host=\(long.prefix(100)) ") == true)
        #expect(lines().first?.contains("config=portal.url = \"https://auth.example.com\"") == true)
        portal.clock.advance(by: .seconds(1))
        _ = try await portal.send(path: "/login", host: "other.example")
        #expect(lines().count == 3 && lines().last?.contains("host=other.example left_out=3 ") == true)
    }

    @Test("are refused to a proxy whose X-Forwarded-For names no client, as on the check")
    func forwardedFor() async throws {
        let portal = try PortalFixture()
        for value in ["unknown", "203.0.113.7, _hidden", "203.0.113.7,", "", "203.0.113.777"] {
            for path in ["/login", "/denied", "/static/none"] {
                let answer = try await portal.send(path: path, [("X-Forwarded-For", value), ("Accept", "text/html")])
                #expect(answer.status == 400, "\(value)")
            }
        }
        #expect(portal.log.text.contains("header=X-Forwarded-For"))
        #expect(portal.backend.questions == 0)
        #expect(try await portal.send(path: "/login", [("X-Forwarded-For", "junk, 203.0.113.7")]).status == 200)
        // Whoever is not trusted is the client itself.
        let stranger = try #require(IPAddress("192.0.2.1"))
        #expect(try await portal.send(path: "/login", [("X-Forwarded-For", "junk")], peer: stranger).status == 200)
    }

    @Test("are found by password managers and by browsers that want an icon")
    func wellKnown() async throws {
        for mode in PortalFixture.Mode.allCases {
            let portal = try PortalFixture(mode)
            let prefix = portal.settings.address.prefix
            let change = try await portal.send(path: "/.well-known/change-password")
            #expect(change.status == 303 && change.location == "\(prefix)/account/password")
            #expect(try await portal.send(path: "/favicon.ico").location == "\(prefix)\(StaticFile.mark.path)")
        }
    }

    @Test("lead strangers to the form and back")
    func home() async throws {
        let portal = try PortalFixture(.path)
        #expect(try await portal.send(path: "/").location == "/_gatehouse/login")
        let account = try await portal.send(path: "/account")
        #expect(account.status == 303)
        #expect(account.location == "/_gatehouse/login?rd=%2F_gatehouse%2Faccount")
        let session = try await portal.session()
        #expect(try await portal.send(path: "/", [("Cookie", session)]).location == "/_gatehouse/account")
    }

    @Test("show the denied page to any method, host and origin, and JSON to programs")
    func denied() async throws {
        let portal = try PortalFixture()
        let session = try await portal.session()
        for method in [HTTPRequest.Method.get, .post, .put, .delete, .options, .patch] {
            for host in ["app.example.com", "", "no host at all"] {
                let page = try await portal.send(
                    method, path: "/denied?x=%zz",
                    [("Accept", "text/html,*/*;q=0.8"), ("Origin", "null"), ("Cookie", session)],
                    host: host)
                #expect(page.status == 403)
                #expect(page.body.contains("<bdi>alice</bdi>"))
                let json = try await portal.send(method, path: "/denied", [("Accept", "*/*")], host: host)
                #expect(json.status == 403)
                #expect(json.header("Content-Type") == "application/json")
                #expect(json.body.utf8.elementsEqual(PreRendered.deniedJSON))
            }
        }
        portal.store.isAvailable = false
        #expect(try await portal.send(path: "/denied", [("Accept", "text/html"), ("Cookie", session)]).status == 403)
    }

    @Test("offer the way back from the denied page only to known sites")
    func wayBack() async throws {
        let portal = try PortalFixture()
        let known = try await portal.send(
            path: "/denied", [("Accept", "text/html"), ("Referer", "https://app.example.com/list?page=2")])
        #expect(known.body.contains("<a class=\"button\" href=\"https://app.example.com/list?page=2\">Go back</a>"))
        let foreign = try await portal.send(
            path: "/denied", [("Accept", "text/html"), ("Referer", "https://evil.example/")])
        #expect(!foreign.body.contains("evil.example"))
        // The page that led on after a sign-in would lead here again.
        for mode in PortalFixture.Mode.allCases {
            let portal = try PortalFixture(mode)
            let referer = "\(portal.settings.address)/login/continue?rd=https%3A%2F%2Fapp.example.com%2Fx"
            let own = try await portal.send(path: "/denied", [("Accept", "text/html"), ("Referer", referer)])
            #expect(own.status == 403 && !own.body.contains("Go back"))
        }
    }
}
