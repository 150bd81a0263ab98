internal import Testing

@Suite("What is refused in a backend")
struct BackendRefusalTests {
    static let ldap = "type = \"ldap\"\nurls = [\"ldaps://ldap.example.com\"]\nbase = \"dc=example\"\n"
    static let http = "type = \"http\"\nurl = \"https://people.example.com/\"\nsecret = \"file:keys/people\"\n"
    static let remote = "type = \"remote-header\"\nheader = \"X-Remote-User\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n"

    static let any: [Mistake] = [
        Mistake("backend", "", "type", "is required: \"database\" or \"file\""),
        Mistake("backend", "type = \"ladp\"", "type", "\"command\" or \"ldap\""),
        Mistake("backend", "type = \"remote_header\"", "type", "\"remote-header\""),
        Mistake("backend", "type = \"database\"\nname = \"people\"", "name", "must not be set"),
        Mistake("backend", "type = \"database\"\npath = \"a\"", "path", "unknown key"),
        Mistake("backend", "type = \"database\"\n[backend.groups]\na = \"b\"", "groups", "unknown"),
        Mistake("backend", "type = \"pam\"\nname = \"a b\"", "name", "1 to 64 letters, digits"),
        Mistake("backend", "type = \"pam\"\nname = \"\"", "name", "1 to 64 letters, digits"),
        Mistake("backend", "type = \"pam\"\nname = \"database\"", "name", "is for backend.type = \"database\" alone"),
        Mistake("backend", "type = \"pam\"\ntimeout = \"31s\"", "timeout", "must be from 100ms to 30s"),
        Mistake("backend", "type = \"pam\"\ntimeout = \"99ms\"", "timeout", "must be from 100ms to 30s"),
        Mistake("backend", "type = \"pam\"\n[backend.groups]\nstaff = \"\"", "groups.staff", "1 to 150 characters"),
        Mistake("backend", "type = \"pam\"\n[backend.groups]\nstaff = 1", "groups.staff", "must be text"),
        Mistake("backend", "type = \"pam\"\nstaff = \"admins\"", "staff", "must be a list"),
    ]

    static let directory: [Mistake] = [
        Mistake("backend", "type = \"ldap\"\nbase = \"dc=example\"", "urls", "is required"),
        Mistake("backend", "type = \"ldap\"\nurls = []\nbase = \"dc=example\"", "urls", "is required"),
        Mistake("backend", "type = \"ldap\"\nurls = [\"ldaps://l.example\"]", "base", "is required"),
        Mistake(
            "backend", "type = \"ldap\"\nurls = [\"ldap://ldap.example.com\"]\nbase = \"dc=x\"", "urls",
            "sends passwords in the clear"),
        Mistake(
            "backend", "type = \"ldap\"\nurls = [\"ldap://localhost.example.com\"]\nbase = \"dc=x\"", "urls",
            "sends passwords in the clear"),
        Mistake(
            "backend", "type = \"ldap\"\nurls = [\"http://ldap.example.com\"]\nbase = \"dc=x\"", "urls", "must be like"),
        Mistake("backend", "type = \"ldap\"\nurls = [\"ldaps://\"]\nbase = \"dc=x\"", "urls", "must be like"),
        Mistake(
            "backend", "type = \"ldap\"\nurls = [\"ldaps://u@l.example\"]\nbase = \"dc=x\"", "urls", "must be like"),
        Mistake(
            "backend", "type = \"ldap\"\nurls = [\"ldap://[\"]\nbase = \"dc=x\"", "urls", "sends passwords in the clear"
        ),
        Mistake("backend", ldap + "start_tls = true", "urls", "is for backend.start_tls = false"),
        Mistake("backend", ldap + "bind_dn = \"cn=reader\"", "bind_dn", "needs backend.bind_password, too"),
        Mistake(
            "backend", ldap + "bind_dn = \"\"\nbind_password = \"file:keys/people\"", "bind_dn",
            "must not be empty: name whoever searches, or leave out backend.bind_dn and backend.bind_password"),
        Mistake(
            "backend", ldap + "bind_password = \"file:keys/people\"", "bind_password", "needs backend.bind_dn, too"),
        Mistake("backend", ldap + "bind_dn = \"cn=r\"\nbind_password = \"secret\"", "bind_password", "file:"),
        Mistake("backend", ldap + "user_dn = \"uid=%s\"", "user_dn", "must have \"{name}\" in it"),
        Mistake("backend", ldap + "user_dn = \"uid={name},ou={ou}\"", "user_dn", "knows \"{name}\" alone"),
        Mistake("backend", ldap + "filter = \"(uid=*)\"", "filter", "must have \"{name}\" in it"),
        Mistake("backend", ldap + "filter = \"uid={name}\"", "filter", "must be a filter in parentheses"),
        Mistake("backend", ldap + "filter = \"((uid={name})\"", "filter", "must be a filter in parentheses"),
        Mistake("backend", ldap + "nested_groups = true", "nested_groups", "needs backend.group_base, too"),
        Mistake("backend", ldap + "group_name = \"cn\"", "group_name", "needs backend.group_base, too"),
        Mistake(
            "backend", ldap + "group_base = \"ou=g\"\ngroup_name = \"c n\"", "group_name",
            "must be the name of an attribute"),
        Mistake("backend", ldap + "account_state = \"yes\"", "account_state", "must be true or false"),
        Mistake("backend", ldap + "password_url = \"http://p.example/\"", "password_url", "must be a page like"),
        Mistake("backend", ldap + "password_url = \"help@example.com\"", "password_url", "must be a page like"),
        Mistake("backend", ldap + "max_session = \"10s\"", "max_session", "must be from 1m to"),
        Mistake("backend", ldap + "[backend.attributes]\nemail = \"a)(b\"", "attributes.email", "name of an attribute"),
        Mistake("backend", ldap + "[backend.attributes]\nmail = \"mail\"", "attributes.mail", "unknown key"),
    ]

    static let others: [Mistake] = [
        Mistake("backend", "type = \"http\"", "url", "is required"),
        Mistake("backend", "type = \"http\"\nurl = \"people.example.com\"", "url", "must be an address like"),
        Mistake("backend", "type = \"http\"\nurl = \"https://u:p@x.example/\"", "url", "must be an address like"),
        Mistake("backend", "type = \"http\"\nurl = \"https://[::1/\"", "url", "must be an address like"),
        Mistake("backend", "type = \"http\"\nurl = \"https://x.example/#f\"", "url", "must be an address like"),
        Mistake("backend", "type = \"http\"\nurl = \"https://people.example.com/\"", "secret", "is required"),
        Mistake(
            "backend", "type = \"http\"\nurl = \"http://people.example.com/\"\nsecret = \"file:keys/people\"", "url",
            "sends passwords in the clear"),
        Mistake(
            "backend", "type = \"http\"\nurl = \"http://127.0.0.1.example.com/\"\nsecret = \"file:keys/people\"", "url",
            "sends passwords in the clear"),
        Mistake(
            "backend", "type = \"http\"\nurl = \"http://localhost/\"\nsecret = \"file:keys/blanks\"", "secret",
            "printable ASCII without blanks"),
        Mistake("backend", http + "may_make_superusers = \"yes\"", "may_make_superusers", "true or false"),
        Mistake(
            "backend", "type = \"remote-header\"\ntrusted_proxies = [\"10.0.0.0/8\"]", "header", "is required"),
        Mistake("backend", "type = \"remote-header\"\nheader = \"X-User\"", "trusted_proxies", "is required"),
        Mistake(
            "backend", "type = \"remote-header\"\nheader = \"X-User\"\ntrusted_proxies = [\"0.0.0.0/0\"]",
            "trusted_proxies", "must not trust every address"),
        Mistake(
            "backend", "type = \"remote-header\"\nheader = \"X_User\"\ntrusted_proxies = []", "header",
            "letters, digits and -"),
        Mistake(
            "backend", "type = \"remote-header\"\nheader = \"Cookie\"\ntrusted_proxies = []", "header",
            "must be a header that nothing else uses"),
        Mistake("backend", remote + "subject = \"mail\"", "subject", "must be"),
        Mistake("backend", remote + "name = \"database\"", "name", "is for backend.type"),
    ]

    @Test("is named with its line", arguments: any + directory + others)
    func refused(mistake: Mistake) throws {
        let found = try problems("[[backend]]\n\(mistake.lines)\n", isAlone: mistake.lines.contains("\"database\"\n"))
        #expect(found.count == 1, "\(found)")
        let problem = try #require(found.first)
        #expect(problem.contains(": backend.\(mistake.key): ") && problem.contains(mistake.words), "\(problem)")
        #expect(problem.first?.isNumber == true, "\(problem)")
    }

    @Test("is the same name twice, and a header for people of a database that is not asked")
    func together() throws {
        let twice = try problems("[[backend]]\ntype = \"pam\"\n[[backend]]\ntype = \"pam\"\n", isAlone: true)
        #expect(twice.count == 1 && twice.first?.contains("backend.name: must be different for each backend") == true)
        let apart = try problems(
            "[[backend]]\ntype = \"pam\"\n[[backend]]\ntype = \"pam\"\nname = \"other\"\n", isAlone: true)
        #expect(apart == [])
        let alone = try problems("[[backend]]\n\(Self.remote)", isAlone: true)
        #expect(alone.count == 1 && alone.first?.contains("backend.type: \"remote-header\" names people") == true)
    }

    private func problems(_ backends: String, isAlone: Bool) throws -> [String] {
        let fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/people")
        try fixture.write("a secret\n", to: "keys/blanks")
        let database = isAlone ? "" : "[[backend]]\ntype = \"database\"\n"
        return try fixture.problems(ConfigFixture.minimal([:], database + backends))
    }
}
