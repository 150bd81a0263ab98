internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Hosts in another form than browsers send them")
struct HostAdviceTests {
    @Test(
        "are refused with the form to write",
        arguments: [
            ("bücher.example", "write \"xn--bcher-kva.example\""),
            ("BÜCHER.example:8443", "write \"xn--bcher-kva.example:8443\""),
            ("*.bücher.example", "write \"*.xn--bcher-kva.example\""),
            ("straße.example", "write \"xn--strae-oqa.example\""),
            ("例え。テスト", "write \"xn--r8jz45g.xn--zckzah\""),
            // What needs a table of its own to be mapped is not guessed.
            ("bu\u{308}cher.example", "the name in A-labels"), ("ｂücher.example", "the name in A-labels"),
            ("[::1]", "write a name for it, like \"localhost\""), ("[::1]:8443", "write a name for it"),
            ("::1", "write a name for it"), ("[2001:db8::1]", "write a name for it"),
            ("https://app.example.com:8443/x", "write \"app.example.com:8443\", without scheme and path"),
        ])
    func hosts(host: String, words: String) throws {
        let problems = try ConfigFixture().problems(
            ConfigFixture.minimal([:], "[[application]]\nname = \"a\"\nhosts = [\"\(host)\"]"))
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.contains(": application.hosts: must be a host like") && problem.contains(words), "\(problem)")
    }

    @Test("are refused like that wherever an address stands")
    func addresses() throws {
        let fixture = try ConfigFixture()
        func problem(_ tables: [String: String], _ rest: String = "") throws -> String {
            try fixture.problems(ConfigFixture.minimal(tables, rest)).joined(separator: "\n")
        }
        let ours = "https://xn--bcher-kva.example"
        #expect(try problem(["portal": "url = \"https://bücher.example/_g\""]).contains("write \"\(ours)/_g\""))
        #expect(try problem(["portal": "url = \"http://[::1]:8080\""]).contains("like \"localhost\" for [::1]"))
        #expect(try problem(["cookie": "domain = \"bücher.example\""]).contains("write \"xn--bcher-kva.example\""))
        let origins = ConfigFixture.application + "origins = [\"https://bücher.example:81\"]"
        #expect(try problem([:], origins).contains("write \"\(ours):81\""))
        let expect = ConfigFixture.application + "[[expect]]\nurl = \"https://bücher.example/x?q\"\nis = \"deny\""
        #expect(try problem([:], expect).contains("write \"\(ours)/x?q\""))
        #expect(try problem(["portal": "home = \"https://bücher.example/\""]).contains("write \"\(ours)/\""))
    }

    @Test("with an underscore are hosts: of applications, of the portal and of the cookie")
    func underscores() throws {
        let text = ConfigFixture.minimal(
            ["portal": "url = \"https://my_auth.my_home.example\"", "cookie": "domain = \"my_home.example\""],
            """
            [[application]]
            name = "flows"
            hosts = ["node_red.my_home.example", "*.my_home.example"]
            [[application.rule]]
            allow = ["signed-in"]
            [[expect]]
            url = "https://node_red.my_home.example/"
            is = "challenge"
            [[expect]]
            url = "https://other_one.my_home.example/"
            is = "challenge"
            """)
        let configuration = try ConfigFixture().load(text)
        #expect(configuration.warnings == [])
        #expect(configuration.portal.host.description == "my_auth.my_home.example")
        #expect(configuration.cookie.domain?.description == "my_home.example")
        #expect(configuration.expectations.count == 2)
    }
}
