internal import GatehouseCore
internal import Testing

@testable import GatehouseConfig

@Suite("The tables of directories, servers and headers")
struct RemoteBackendTableTests {
    private func backends(_ text: String) throws -> [BackendTable] {
        let fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/people")
        return try fixture.load(ConfigFixture.minimal([:], text)).backends
    }

    @Test("without any, the database alone is asked")
    func standard() throws {
        let backends = try backends("")
        #expect(backends.map(\.name) == ["database"] && backends.first?.timeout == .seconds(5))
    }

    @Test("keep their order, names, deadlines and mapped groups")
    func chain() throws {
        let backends = try backends(
            """
            [[backend]]
            type = "pam"
            name = "hosts"
            timeout = "750ms"
            staff = ["wheel"]
            superusers = ["root"]
            [backend.groups]
            users = "Everybody"
            [[backend]]
            type = "database"
            [[backend]]
            type = "file"
            path = "people.toml"
            other_groups = true
            [backend.groups]
            a = "b"
            """)
        #expect(backends.map(\.name) == ["hosts", "database", "file"])
        #expect(backends.first?.timeout == .milliseconds(750))
        let groups = GroupMapping(
            groups: ["users": "Everybody"], keepsOthers: false, staff: ["wheel"], superusers: ["root"])
        #expect(backends.first?.groups == groups)
        #expect(backends.last?.groups == GroupMapping(groups: ["a": "b"], keepsOthers: true))
    }

    @Test("take what is written of a directory, and have sound defaults")
    func directory() throws {
        let short = try #require(
            try backends("[[backend]]\ntype = \"ldap\"\nurls = [\"ldapi:///run/slapd\"]\nbase = \"dc=x\"\n").first)
        guard case .ldap(let least) = short.kind else { throw Unexpected() }
        #expect(least.bindDN.isEmpty && least.bindPassword == nil && least.filter == nil && least.groupBase == nil)
        #expect(!least.startsTLS && !least.followsNestedGroups && least.groupName == "cn" && least.attributes.isEmpty)
        #expect(least.readsAccountState && least.passwordPage == nil && least.longestSession == nil)
        #expect(short.groups == GroupMapping(comparison: .caseIgnored))
        let long = try #require(
            try backends(
                """
                [[backend]]
                type = "ldap"
                urls = ["ldap://one.example.com:3389", "ldap://[::1]"]
                start_tls = true
                ca_file = "ca.pem"
                bind_dn = "cn=reader"
                bind_password = "file:keys/people"
                user_dn = "uid={name},ou=people"
                base = "dc=example"
                filter = "(|(uid={name})(mail={name}))"
                group_base = "ou=groups"
                group_filter = "(member={dn})"
                group_name = "ou"
                nested_groups = true
                account_state = false
                password_url = "https://password.example.com/new"
                max_session = "8h"
                attributes = { name = "sAMAccountName", email = "mail" }
                """
            ).first)
        guard case .ldap(let table) = long.kind else { throw Unexpected() }
        #expect(table.urls.count == 2 && table.startsTLS && table.caFile?.hasSuffix("/ca.pem") == true)
        #expect(table.bindDN == "cn=reader" && table.bindPassword?.octets == Array("a-secret".utf8))
        #expect(table.userDN == "uid={name},ou=people" && table.filter == "(|(uid={name})(mail={name}))")
        #expect(table.groupBase == "ou=groups" && table.groupFilter == "(member={dn})" && table.groupName == "ou")
        #expect(!table.readsAccountState && table.passwordPage?.link == "https://password.example.com/new")
        #expect(table.longestSession == .seconds(8 * 3_600))
        #expect(table.followsNestedGroups && table.attributes == ["name": "sAMAccountName", "email": "mail"])
    }

    @Test("say so where nobody can be asked about again, and end sessions then")
    func blind() throws {
        let text =
            "[[backend]]\ntype = \"ldap\"\nurls = [\"ldapi:///x\"]\nbase = \"dc=x\"\nuser_dn = \"uid={name},dc=x\"\n"
        for (more, hours) in [("", 12), ("max_session = \"2h\"\n", 2)] {
            let configuration = try ConfigFixture().load(ConfigFixture.minimal([:], text + more))
            guard case .ldap(let table) = configuration.backends.first?.kind else { throw Unexpected() }
            #expect(table.longestSession == .seconds(hours * 3_600))
            let warning = configuration.warnings.map { "\($0)" }.first { $0.contains("user_dn") }
            #expect(
                warning?.contains("signed in for up to \(hours)h (backend.max_session)") == true, "\(warning ?? "")")
        }
        let fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/people")
        let seeing = try fixture.load(
            ConfigFixture.minimal([:], text + "bind_dn = \"cn=x\"\nbind_password = \"file:keys/people\"\n"))
        #expect(!seeing.warnings.contains { "\($0)".contains("user_dn") })
    }

    @Test(
        "refuse a file of authorities that is not there, cannot be read, or has no certificate in it",
        arguments: [
            ("backend", "type = \"ldap\"\nurls = [\"ldaps://l.example\"]\nbase = \"dc=x\""),
            ("backend", "type = \"http\"\nurl = \"https://localhost/\""),
            ("mail", "backend = \"smtp\"\nfrom = \"a@example.com\"\nhost = \"mail.example.com\""),
        ])
    func authorities(table: String, lines: String) throws {
        let fixture = try ConfigFixture()
        try fixture.write("", to: "empty.pem")
        try fixture.write("-----BEGIN PRIVATE KEY-----\n", to: "key.pem")
        for (file, words) in [
            ("none.pem", "No such file"), ("empty.pem", "no certificate in it"), ("key.pem", "no certificate in it"),
            ("keys", "not a regular file"), ("ca.pem", ""),
        ] {
            let head = table == "backend" ? "[[backend]]" : "[\(table)]"
            let text = ConfigFixture.minimal([:], "\(head)\n\(lines)\nca_file = \"\(file)\"\n")
            let problems = try fixture.problems(text)
            if words.isEmpty {
                #expect(problems == [])
            } else {
                #expect(problems.count == 1)
                #expect(problems.first?.contains("\(table).ca_file: must be") == true, "\(problems)")
                #expect(problems.first?.contains(words) == true, "\(problems)")
            }
        }
    }

    @Test("take two spellings of a group for one where the directory does, and then they mean one thing")
    func spellings() throws {
        let fixture = try ConfigFixture()
        let ldap = "[[backend]]\ntype = \"ldap\"\nurls = [\"ldaps://l.example\"]\nbase = \"dc=x\"\n[backend.groups]\n"
        let file = "[[backend]]\ntype = \"pam\"\n[backend.groups]\n"
        let (two, one) = ("Admins = \"a\"\nadmins = \"b\"\n", "Admins = \"a\"\nadmins = \"a\"\n")
        let problems = try fixture.problems(ConfigFixture.minimal([:], ldap + two))
        #expect(problems.count == 1 && problems.first?.contains("which is the same group there") == true, "\(problems)")
        for text in [ldap + one, file + two] { #expect(try fixture.problems(ConfigFixture.minimal([:], text)) == []) }
    }

    @Test(
        "let a password travel in the clear to this machine, or where somebody says so",
        arguments: [
            "urls = [\"ldap://localhost\"]", "urls = [\"ldap://127.0.0.2:389/\"]", "urls = [\"ldap://[::1]:389\"]",
            "urls = [\"ldap://l.example\"]\nallow_plaintext = true", "urls = [\"ldap://l.example\"]\nstart_tls = true",
        ])
    func clear(lines: String) throws {
        #expect(try backends("[[backend]]\ntype = \"ldap\"\nbase = \"dc=x\"\n\(lines)\n").count == 1)
    }

    @Test(
        "need a secret for a server elsewhere",
        arguments: [
            ("http://127.0.0.1:8000/gatehouse", ""), ("http://[::1]/", ""), ("https://localhost/a?b=c", ""),
            ("https://people.example.com", "secret = \"file:keys/people\""),
            ("http://people.internal:8000", "secret = \"file:keys/people\"\nallow_plaintext = true"),
        ])
    func server(url: String, lines: String) throws {
        let backend = try #require(try backends("[[backend]]\ntype = \"http\"\nurl = \"\(url)\"\n\(lines)\n").first)
        guard case .http(let table) = backend.kind else { throw Unexpected() }
        #expect(table.url == url && table.mayMakeSuperusers == false && table.caFile == nil)
        #expect(table.secret?.octets == (lines.isEmpty ? nil : Array("a-secret".utf8)))
    }

    @Test("name a header in any case, and whose header counts")
    func header() throws {
        let backend = try #require(
            try backends(
                """
                [[backend]]
                type = "remote-header"
                header = "X-Client-DN"
                subject = "dn"
                trusted_proxies = ["10.1.2.0/24"]
                create_unknown = true
                [[backend]]
                type = "database"
                """
            ).first)
        guard case .remoteHeader(let table) = backend.kind else { throw Unexpected() }
        #expect(table.header == "x-client-dn" && table.createsUnknown && table.networks.count == 1)
    }

    @Test("know people of their own, except for the database and whoever names people of the database")
    func ownPeople() throws {
        let backends = try backends(
            """
            [[backend]]
            type = "database"
            [[backend]]
            type = "http"
            url = "https://people.example.com/"
            secret = "file:keys/people"
            [[backend]]
            type = "remote-header"
            header = "X-Remote-User"
            trusted_proxies = ["10.0.0.7"]
            """)
        #expect(backends.map(\.kind.knowsOwnPeople) == [false, true, false])
    }

    private func remote(_ lines: String, check: String = "", portal: String = "") throws -> [String] {
        try ConfigFixture().problems(
            ConfigFixture.minimal(
                ["check": check, "portal": portal].filter { !$0.value.isEmpty },
                "[[backend]]\ntype = \"database\"\n[[backend]]\ntype = \"remote-header\"\nheader = \"X-Remote-User\"\n\(lines)"
            ))
    }

    @Test(
        "name a header that no browser can send along: where browsers' requests come by the same way, who sets it is said",
        arguments: [
            ("trusted_proxies = [\"loopback\"]", "", ""), ("trusted_proxies = [\"127.0.0.1\"]", "", ""),
            ("trusted_proxies = [\"10.0.0.7\"]", "trusted_proxies = [\"10.0.0.0/8\"]", ""),
            ("trusted_proxies = [\"10.0.0.0/8\"]", "trusted_proxies = [\"10.0.0.7\", \"loopback\"]", ""),
            ("trusted_proxies = []", "", "listen = [\"unix:/run/gatehouse/portal.sock\"]"),
            ("trusted_proxies = [\"10.0.0.7\"]", "", "listen = [\"127.0.0.1:9181\", \"unix:/run/portal.sock\"]"),
        ])
    func sharedWay(lines: String, check: String, portal: String) throws {
        let problems = try remote(lines, check: check, portal: portal)
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.contains(": backend.trusted_proxies: browsers' requests come through "), "\(problem)")
        #expect(problem.contains("x-remote-user") && problem.contains("set_by = \""), "\(problem)")
        #expect(problem.first?.isNumber == true, "\(problem)")
        #expect(try remote(lines + "\nset_by = \"the gateway at 10.0.0.7\"", check: check, portal: portal) == [])
    }

    @Test("need no such word where their proxies are others than the browsers'")
    func ownWay() throws {
        #expect(try remote("trusted_proxies = [\"10.0.0.7\"]") == [])
        #expect(try remote("trusted_proxies = []") == [])
        for text in ["", "  ", String(repeating: "a", count: 201)] {
            let problems = try remote("trusted_proxies = [\"10.0.0.7\"]\nset_by = \"\(text)\"")
            #expect(problems.count == 1 && problems.first?.contains("backend.set_by: must say") == true, "\(problems)")
        }
    }

    /// A table of another kind than was written.
    private struct Unexpected: Error {}
}
