internal import Testing

/// A mistake and the words of the message that the operator gets.
struct Mistake: Sendable, CustomTestStringConvertible {
    let table: String
    let lines: String
    let key: String
    let words: String

    init(_ table: String, _ lines: String, _ key: String, _ words: String) {
        self.table = table
        self.lines = lines
        self.key = key
        self.words = words
    }

    var testDescription: String { "[\(table)] \(lines)" }
}

@Suite("What is refused")
struct RefusalTests {
    static let tables: [Mistake] = [
        Mistake("portal", "url = 5", "portal.url", "must be text in quotes, is 5"),
        Mistake("portal", "url = \"auth.example.com\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"https://u@auth.example.com\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"https://auth.example.com/?q\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"https://auth.example.com/a//b\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"https://auth.example.com/../b\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"ftp://auth.example.com\"", "portal.url", "must be an address like"),
        Mistake("portal", "url = \"http://auth.example.com\"", "portal.url", "must start with https://"),
        Mistake("portal", "url = \"http://localhost.example.com\"", "portal.url", "must start with https://"),
        Mistake("portal", "url = \"http://evillocalhost.example.com\"", "portal.url", "must start with https://"),
        Mistake("portal", "name = \"\"", "portal.name", "must have 1 to 100 octets, is \"\""),
        Mistake("portal", "name = \"a\\nb\"", "portal.name", "must not contain control characters, is \"a\\u{a}b\""),
        Mistake("portal", "listen = []", "portal.listen", "must name at least one address"),
        Mistake("portal", "listen = \"127.0.0.1:1\"", "portal.listen", "must be a list like"),
        Mistake("portal", "listen = [1]", "portal.listen", "must be a list of texts, has 1 in it"),
        Mistake("portal", "listen = [\"unix:run/x.sock\"]", "portal.listen", "must be an address like"),
        Mistake("portal", "listen = [\"127.0.0.1:70000\"]", "portal.listen", "must be an address like"),
        Mistake("portal", "listen = [\"127.0.0.1:1\", \"127.0.0.1:1\"]", "portal.listen", "twice"),
        Mistake("portal", "listen = [\"127.0.0.1:9180\"]", "portal.listen", "is taken by check.listen"),
        Mistake("check", "trusted_proxies = [\"10.0.0.1/8\"]", "check.trusted_proxies", "no bits beyond the prefix"),
        Mistake("check", "trusted_proxies = [\"0.0.0.0/0\"]", "check.trusted_proxies", "must not trust every address"),
        Mistake("check", "trusted_proxies = [\"::/0\"]", "check.trusted_proxies", "must not trust every address"),
        Mistake("check", "max_answer_head = 15361", "check.max_answer_head", "from 1024 to 15360, is 15361"),
        Mistake("check", "threads = 65", "check.threads", "from 0 to 64, is 65"),
        Mistake("check", "max_answer_head = 1.5", "check.max_answer_head", "is 1.5"),
        Mistake("admin", "listen = [\"[127.0.0.1]:9182\"]", "admin.listen", "must be an address like"),
        Mistake("cookie", "domain = \".example.com\"", "cookie.domain", "without dot in front"),
        Mistake("cookie", "domain = \"com\"", "cookie.domain", "at least two labels"),
        Mistake("cookie", "domain = \"127.0.0.1\"", "cookie.domain", "must be a domain"),
        Mistake(
            "cookie", "domain = \"other.example\"", "cookie.domain", "must cover the portal's host auth.example.com"),
        Mistake("cookie", "domain = \"ample.com\"", "cookie.domain", "must cover the portal's host"),
        Mistake("database", "url = \"mysql://h/db\"", "database.url", "or an address like"),
        Mistake("database", "pool = 4", "database.pool", "for postgresql:// only"),
        Mistake("database", "write_back = false", "database.write_back", "needs database.managed = false"),
        Mistake("database", "[database.tables]\nusers = \"people\"", "database.tables.users", "needs database.managed"),
        Mistake(
            "database", "managed = false\n[database.tables]\nusers = \"a;b\"", "database.tables.users",
            "letters, digits or _"),
        Mistake(
            "database", "managed = false\n[database.tables]\nid = \"\"", "database.tables.id", "letters, digits or _"),
        Mistake("database", "url = \"sqlite:\"", "database.url", "the path of a file"),
        Mistake("database", "url = \"sqlite::memory:\"", "database.url", "the path of a file"),
        Mistake("identity", "refresh = \"60\"", "identity.refresh", "must be a time like"),
        Mistake("identity", "refresh = \"0s\"", "identity.refresh", "must be from 1s to 24h, is \"0s\""),
        Mistake(
            "identity", "refresh = \"5m\"\nmax_age = \"2m\"", "identity.max_age",
            "must not be shorter than identity.refresh"),
        Mistake("identity", "max_age = \"1s\"", "identity.max_age", "must be from 10s to 30d, is \"1s\""),
        Mistake("identity", "refresh = 60", "identity.refresh", "must be text in quotes, is 60"),
        Mistake("passwords", "memory_budget = \"256MB\"", "passwords.memory_budget", "must be a size like"),
        Mistake("passwords", "memory_budget = \"20MiB\"", "passwords.memory_budget", "must hold at least one hash"),
        Mistake("passwords", "queue = 0", "passwords.queue", "from 1 to 10000, is 0"),
        Mistake("passwords", "workers = -1", "passwords.workers", "from 0 to 256, is -1"),
        Mistake("passwords", "argon2_memory = \"45MiB\"", "passwords.argon2_memory", "must be at least 46MiB"),
        Mistake("passwords", "argon2_memory = \"18MiB\"", "passwords.argon2_memory", "must be from 19MiB to 256MiB"),
        Mistake("passwords", "verify_memory = \"255MiB\"", "passwords.verify_memory", "must be from 256MiB to 4GiB"),
        Mistake("passwords", "verify_memory = \"5GiB\"", "passwords.verify_memory", "must be from 256MiB to 4GiB"),
        Mistake("passwords", "verify_work = 0", "passwords.verify_work", "from 1 to 16"),
        Mistake("passwords", "verify_work = 17", "passwords.verify_work", "from 1 to 16"),
        Mistake("passwords", "argon2_memory = \"257MiB\"", "passwords.argon2_memory", "must be from 19MiB to 256MiB"),
        Mistake("passwords", "argon2_iterations = 17", "passwords.argon2_iterations", "from 1 to 16"),
        Mistake("passwords", "argon2_parallelism = 0", "passwords.argon2_parallelism", "from 1 to 16"),
        Mistake("log", "level = \"INFO\"", "log.level", "is \"INFO\""),
        Mistake("log", "format = true", "log.format", "must be text in quotes, is true"),
        Mistake("log", "format = \"xml\"", "log.format", "must be \"json\" or \"text\", is \"xml\""),
        Mistake("log", "format = 1979-05-27", "log.format", "is a date or time"),
        Mistake("sessions", "prefix = \"{gh}:\"", "sessions.prefix", "must have 1 to 32 letters"),
        Mistake(
            "sessions", "absolute = \"30m\"", "sessions.idle",
            "must not exceed sessions.absolute, is \"1h\" (absolute is \"30m\")"),
        Mistake(
            "sessions", "remember_idle = \"31d\"", "sessions.remember_idle",
            "must not exceed sessions.remember_absolute"),
        Mistake("sessions", "username = \"gatehouse\"", "sessions.username", "needs sessions.password"),
        Mistake("sessions", "absolute = \"366d\"", "sessions.absolute", "must be from 1s to 365d"),
    ]

    @Test("in a table is named with its key, what was seen and what is allowed", arguments: tables)
    func table(mistake: Mistake) throws {
        let problems = try ConfigFixture().problems(ConfigFixture.minimal([mistake.table: mistake.lines]))
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.contains(": \(mistake.key): ") && problem.contains(mistake.words), "\(problem)")
        #expect(problem.first?.isNumber == true, "\(problem)")
    }

    static let applications: [Mistake] = [
        Mistake("application", "hosts = [\"a.example.com\"]", "application.name", "is required"),
        Mistake("application", "name = \"a b\"\nhosts = [\"a.example.com\"]", "application.name", "1 to 64 letters"),
        Mistake("application", "name = \"a\"", "application.hosts", "is required"),
        Mistake("application", "name = \"a\"\nhosts = []", "application.hosts", "must name at least one host"),
        Mistake(
            "application", "name = \"a\"\nhosts = [\"https://a.example.com\"]", "application.hosts",
            "must be a host like"),
        Mistake(
            "application", "name = \"a\"\nhosts = [\"a.example.com\", \"A.example.com\"]", "application.hosts", "twice"),
        Mistake(
            "application", "name = \"a\"\nhosts = [\"a.example.org\"]", "application.hosts",
            "is not under cookie.domain"),
        Mistake("application", "name = \"a\"\nhosts = [\"*.com\"]", "application.hosts", "is not under cookie.domain"),
        Mistake(
            "application", "name = \"reports\"\nhosts = [\"b.example.com\"]\n" + second, "application.name",
            "must differ from all others"),
        Mistake(
            "application", "name = \"b\"\nhosts = [\"reports.example.com:81\"]\n" + second, "application.hosts",
            "belongs to another application"),
        Mistake("application", base + "scheme = \"ws\"", "application.scheme", "must be \"https\" or \"http\""),
        Mistake("application", base + "origins = [\"https://a/b\"]", "application.origins", "must be an origin"),
        Mistake(
            "application", base + "allow_preflight = \"yes\"", "application.allow_preflight",
            "must be true or false, is \"yes\""),
        Mistake("application", base + "headers = \"remote-user\"", "application.headers", "must be \"remote\""),
        Mistake("application", base + "headers = {}", "application.headers", "must name at least one header"),
        Mistake(
            "application", base + "headers = { usr = \"X-User\", name = \"X-Name\" }", "application.headers.usr",
            "did you mean user?"),
        Mistake(
            "application", base + "headers = { user = \"X User\", name = \"X-N\" }", "application.headers.user",
            "letters, digits and -"),
        Mistake(
            "application", base + "headers = { user = \"X_User\", name = \"X-N\" }", "application.headers.user",
            "letters, digits and -"),
        Mistake(
            "application", base + "headers = { user = \"Cookie\", name = \"X-N\" }", "application.headers.user",
            "none that HTTP"),
        Mistake(
            "application", base + "headers = { user = \"Content-Type\", name = \"X-N\" }", "application.headers.user",
            "none that HTTP"),
        Mistake(
            "application", base + "headers = { user = \"Transfer-Encoding\", name = \"X-N\" }",
            "application.headers.user", "none that HTTP"),
        Mistake(
            "application", base + "headers = { user = \"X-A\", name = \"x-a\" }", "application.headers.name",
            "has a use already"),
        Mistake("application", base + "groups = [\"a*b\"]", "application.groups", "its beginning and a *"),
        Mistake("application", base + "groups = [\"\"]", "application.groups", "its beginning and a *"),
        Mistake("application", base + "permissions = [\"view\"]", "application.permissions", "\"reports.*\""),
        Mistake("application", base + "rule = 5", "application.rule", "must be written as [[application.rule]]"),
        Mistake("rule", "", "application.rule", "needs allow"),
        Mistake("rule", "deny = false", "application.rule", "needs allow"),
        Mistake("rule", "deny = true\nallow = [\"anyone\"]", "application.rule.deny", "contradicts allow"),
        Mistake("rule", "allow = []", "application.rule.allow", "lets nobody pass"),
        Mistake("rule", "allow = [\"signedin\"]", "application.rule.allow", "did you mean \"signed-in\"?"),
        Mistake("rule", "allow = [\"group:\"]", "application.rule.allow", "must be \"anyone\""),
        Mistake("rule", "allow = [\"permission:view\"]", "application.rule.allow", "must be \"anyone\""),
        Mistake(
            "rule", "allow = [\"permission:r.view(report:{id})\"]", "application.rule.allow",
            "in every path of the rule"),
        Mistake(
            "rule", "paths = [\"/r/{id}\", \"/x/{no}\"]\nallow = [\"permission:r.view(report:{id})\"]",
            "application.rule.allow", "in every path of the rule"),
        Mistake("rule", "allow = [\"permission:r.view(report)\"]", "application.rule.allow", "KIND:{CAPTURE}"),
        Mistake("rule", "allow = [[]]", "application.rule.allow", "has an empty list in it"),
        Mistake("rule", "allow = [[\"group:a\", [\"staff\"]]]", "application.rule.allow", "has a list in it"),
        Mistake(
            "rule", "allow = [[\"group:a\", \"anyone\"]]", "application.rule.allow", "take it out of the inner list"),
        Mistake("rule", "allow = [[\"group:a\", \"grup:b\"]]", "application.rule.allow", "must be \"anyone\""),
        Mistake("rule", "allow = [\"anyone\"]\nnetworks = []", "application.rule.networks", "leave it out"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nnetworks = [\"::/0\"]", "application.rule.networks", "holds all of IPv4"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nnetworks = [\"10.1.0.0/8\"]", "application.rule.networks",
            "is \"10.1.0.0/8\""),
        Mistake("rule", "allow = [\"anyone\"]\nbetween = []", "application.rule.between", "leave it out"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nbetween = [\"8-18\"]", "application.rule.between",
            "must be like \"Mon-Fri 08:00-18:00 Europe/Berlin\""),
        Mistake(
            "rule", "allow = [\"anyone\"]\nbetween = [\"08:00-18:00 Europe/Nowhere\"]", "application.rule.between",
            "package tzdata"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nbetween = [\"08:00-18:00 ../../etc/passwd\"]", "application.rule.between",
            "must end with UTC"),
        Mistake(
            "rule", "deny = true\nbetween = [\"08:00-18:00 UTC\"]", "application.rule.between",
            "has no meaning in a rule that denies"),
        Mistake("rule", "allow = [\"anyone\"]\nfactor = 2", "application.rule.factor", "not supported yet"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nsigned_in_within = \"5m\"", "application.rule.signed_in_within",
            "contradicts"),
        Mistake("rule", "allow = [\"anyone\"]\npaths = []", "application.rule.paths", "leave it out for every path"),
        Mistake(
            "rule", "allow = [\"anyone\"]\npaths = [\"admin\"]", "application.rule.paths",
            "must start with /, is \"admin\""),
        Mistake(
            "rule", "allow = [\"anyone\"]\nmethods = []", "application.rule.methods", "leave it out for every method"),
        Mistake(
            "rule", "allow = [\"anyone\"]\nmethods = [\"get\"]", "application.rule.methods", "did you mean \"GET\"?"),
        Mistake(
            "rule", "alow = [\"anyone\"]\ndeny = true", "application.rule.alow", "unknown key; did you mean allow?"),
        Mistake("expect", "is = \"allow\"", "expect.url", "is required"),
        Mistake("expect", "url = \"https://reports.example.com/\"", "expect.is", "is required"),
        Mistake("expect", "url = \"/admin\"\nis = \"deny\"", "expect.url", "must be a whole address"),
        Mistake(
            "expect", "url = \"https://other.example.com/\"\nis = \"deny\"", "expect.url",
            "must be on a host of an application"),
        Mistake(
            "expect", "url = \"https://reports.example.com/\"\nis = \"no\"", "expect.is",
            "\"allow\" or \"deny\" or \"challenge\""),
        Mistake(
            "expect", "user = \"\"\nurl = \"https://reports.example.com/\"\nis = \"deny\"", "expect.user",
            "leave it out for a stranger"),
    ]
    static let base = "name = \"a\"\nhosts = [\"a.example.com\"]\n"
    static let second = ConfigFixture.application

    @Test("in an application, rule or expectation is named", arguments: applications)
    func application(mistake: Mistake) throws {
        let rest =
            switch mistake.table {
            case "application": "[[application]]\n\(mistake.lines)\n"
            case "rule": ConfigFixture.application + "[[application.rule]]\n\(mistake.lines)\n"
            default: ConfigFixture.application + "[[expect]]\n\(mistake.lines)\n"
            }
        let problems = try ConfigFixture().problems(ConfigFixture.minimal([:], rest))
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.contains(": \(mistake.key): ") && problem.contains(mistake.words), "\(problem)")
        #expect(problem.first?.isNumber == true, "\(problem)")
    }

    @Test(
        "when it is missing is what a configuration cannot do without",
        arguments: [("portal", "url"), ("keys", "lookup"), ("keys", "seal")])
    func missing(table: String, key: String) throws {
        let lines = ConfigFixture.minimal().split(separator: "\n").filter { !$0.hasPrefix("\(key) =") }
        let problems = try ConfigFixture().problems(lines.joined(separator: "\n"))
        #expect(problems.count == 1)
        #expect(problems.first?.contains("\(table).\(key): is required") == true)
    }

    @Test("when the file is empty is everything that is required, without a line")
    func empty() throws {
        let problems = try ConfigFixture().problems("")
        #expect(problems.count == 3)
        #expect(problems.allSatisfy { $0.hasPrefix(": ") && $0.contains("is required") })
    }

    @Test(
        "is a table where a value is expected and the other way round",
        arguments: [
            ("portal = 5", "portal: must be a table like [portal], is 5"),
            ("application = 5", "application: must be written as [[application]], is 5"),
            ("[application]", "application: must be written as [[application]], is a table"),
            ("expect = [1]", "expect: must be a table like [expect], is 1"),
        ])
    func shape(line: String, words: String) throws {
        let text = line.hasPrefix("[") ? ConfigFixture.minimal([:], line) : "\(line)\n"
        #expect(try ConfigFixture().problems(text).contains { $0.contains(words) })
    }
}
