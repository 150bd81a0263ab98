internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The start page")
struct StartPageTests {
    private func text(_ url: String, hosts: [String], scheme: String = "https", portal: String = "") -> String {
        """
        [portal]
        url = "\(url)"
        \(portal)
        [keys]
        lookup = "file:keys/lookup"
        seal = "file:keys/seal"
        \(url.contains("example.com") ? "[cookie]\ndomain = \"example.com\"" : "")
        [[application]]
        name = "a"
        hosts = \(hosts)
        scheme = "\(scheme)"
        [[application.rule]]
        allow = ["signed-in"]
        """
    }

    @Test(
        "is the first host of the first application, with the portal's port where that is its own host",
        arguments: [
            ("http://localhost:8080/_gatehouse", ["localhost"], "http", "http://localhost:8080/"),
            (
                "https://app.example.com:8443/_gatehouse", ["*.example.com", "app.example.com"], "https",
                "https://app.example.com:8443/"
            ),
            ("http://localhost:8080/_gatehouse", ["localhost:9090"], "http", "http://localhost:9090/"),
            ("https://app.example.com:8443/_gatehouse", ["app.example.com:443"], "https", "https://app.example.com/"),
            ("http://localhost/_gatehouse", ["localhost"], "http", "http://localhost/"),
            // Where the portal has the whole origin the application is elsewhere.
            ("http://localhost:9181", ["localhost"], "http", "http://localhost/"),
            ("https://auth.example.com:8443/_gatehouse", ["app.example.com"], "https", "https://app.example.com/"),
        ])
    func standard(url: String, hosts: [String], scheme: String, home: String) throws {
        let configuration = try ConfigFixture().load(text(url, hosts: hosts, scheme: scheme))
        #expect(configuration.home?.description == home)
        // Return addresses follow it.
        let origin = try #require(configuration.home?.origin)
        #expect(configuration.allowsReturn(to: origin))
    }

    @Test("of one that has nothing but wildcards is none")
    func wildcards() throws {
        #expect(try ConfigFixture().load(text("https://auth.example.com", hosts: ["*.example.com"])).home == nil)
    }

    @Test(
        "is what the portal's table says",
        arguments: [
            "https://app.example.com/start?tab=1", "https://b.example.com:8443/", "https://auth.example.com/account",
        ])
    func chosen(home: String) throws {
        let configuration = try ConfigFixture().load(
            text(
                "https://auth.example.com", hosts: ["app.example.com", "*.example.com:8443"],
                portal: "home = \"\(home)\""))
        #expect(configuration.home?.description == home)
    }

    @Test(
        "must be where people may be sent",
        arguments: [
            ("https://elsewhere.example.com/", "https://auth.example.com, https://app.example.com"),
            ("http://app.example.com/", "https://app.example.com"),
            ("https://app.example.com:8443/", "https://app.example.com"),
            ("/start", "must be an address"), ("app.example.com", "must be an address"), ("", "must be an address"),
            ("https://app.example.com@evil.example/", "must be an address"),
            ("https://auth.example.com/login?rd=x", "must not be the sign-in page"),
        ])
    func refused(home: String, words: String) throws {
        let problems = try ConfigFixture().problems(
            text("https://auth.example.com", hosts: ["app.example.com"], portal: "home = \"\(home)\""))
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.hasPrefix("3: portal.home: ") && problem.contains(words), "\(problem)")
    }

    // MARK: - Sign-in that leads to sign-in

    @Test("of an http site behind an https portal gets no session, which is a warning with the line to change")
    func schemes() throws {
        let secure = try ConfigFixture().load(
            text("https://auth.example.com", hosts: ["app.example.com"], scheme: "http")
        ).warnings
        #expect(secure.count == 1 && secure.first?.key == "application.scheme" && secure.first?.line == 12, "\(secure)")
        #expect(secure.first?.message.contains("write scheme = \"https\"") == true)
        let local = try ConfigFixture().load(text("http://localhost:8080/_g", hosts: ["localhost"])).warnings
        #expect(local.count == 1 && local.first?.message.contains("write scheme = \"http\"") == true, "\(local)")
    }

    @Test("is never reached where a sign-in is too old as soon as it is made, which is a warning")
    func impatient() throws {
        let text = text("https://auth.example.com", hosts: ["app.example.com"]) + "\nsigned_in_within = \"5s\""
        let warnings = try ConfigFixture().load(text).warnings
        #expect(warnings.map(\.key) == ["application.rule.signed_in_within"], "\(warnings)")
    }
}
