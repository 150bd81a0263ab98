internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Variables of the environment")
struct OverridesTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("stand in for keys of the file, of every type, also where the file has no such table")
    func override() throws {
        let configuration = try fixture.load(
            ConfigFixture.minimal(["sessions": "idle = \"2h\""]),
            environment: [
                "GATEHOUSE_SESSIONS__IDLE": "30m", "GATEHOUSE_PASSWORDS__QUEUE": "7",
                "GATEHOUSE_CHECK__LISTEN": "127.0.0.1:0, unix:/run/x.sock",
                "GATEHOUSE_CHECK__TRUSTED_PROXIES": "10.0.0.0/8",
                "GATEHOUSE_LOG__FORMAT": "text", "HOME": "/",
            ])
        #expect(configuration.sessions.limits.idle == .seconds(1_800))
        #expect(configuration.passwords.queue == 7)
        #expect(configuration.check.listen.map(\.description) == ["127.0.0.1:0", "unix:/run/x.sock"])
        #expect(configuration.check.trustedNetworks.map(\.description) == ["10.0.0.0/8"])
        #expect(configuration.log.format == .text)
    }

    @Test("can be all that there is")
    func alone() throws {
        let configuration = try fixture.load(
            "",
            environment: [
                "GATEHOUSE_PORTAL__URL": "https://auth.example.com", "GATEHOUSE_KEYS__LOOKUP": "file:keys/lookup",
                "GATEHOUSE_KEYS__SEAL": "file:keys/seal", "GATEHOUSE_SESSIONS__STORE": "redis://localhost",
            ])
        #expect(configuration.portal.url == "https://auth.example.com")
    }

    @Test(
        "with mistakes are named in place of the line",
        arguments: [
            ("GATEHOUSE_SESSIONS__IDEL", "1h", "sessions.idel: unknown key; did you mean GATEHOUSE_SESSIONS__IDLE?"),
            ("GATEHOUSE_SESSIONS__IDLE", "soon", "sessions.idle: must be a time like"),
            ("GATEHOUSE_PASSWORDS__QUEUE", "+5", "passwords.queue: must be a whole number from 1 to 10000, is \"+5\""),
            ("GATEHOUSE_SESIONS__IDLE", "1h", "sesions: unknown key; did you mean GATEHOUSE_SESSIONS?"),
            ("GATEHOUSE_IDLE", "1h", ": no such key; a variable for a key looks like GATEHOUSE_SESSIONS__IDLE"),
            ("GATEHOUSE_A__B__C", "1h", "a: unknown key; known here:"),
            ("GATEHOUSE_A__B__C__D__E__F__G", "1h", ": no such key"),
            ("GATEHOUSE_A____B", "1h", ": no such key"),
            (
                "GATEHOUSE_DATTA", "/x",
                ": no such key; a variable for a key looks like GATEHOUSE_SESSIONS__IDLE; did you mean GATEHOUSE_DATA?"
            ),
            ("GATEHOUSE_ADMIN_PASSWORD", "x", ": no such key; a password does not belong into the environment"),
            ("GATEHOUSE_SESSIONS__PREFIX__X", "1", "sessions.prefix: must be text in quotes, is a table"),
            ("GATEHOUSE_KEYS__LOOKUP__X", "1", ": names a key below something that is text in the file"),
            (
                "GATEHOUSE_APPLICATION__NAME", "x",
                ": no such key; a variable for one looks like GATEHOUSE_APPLICATION__REPORTS__HOSTS"
            ),
            (
                "GATEHOUSE_APPLICATION", "x",
                ": is a list: a variable for a key looks like GATEHOUSE_APPLICATION__REPORTS__HOSTS"
            ),
            ("GATEHOUSE_APPLICATION__OTHER__SCHEME", "http", "application.hosts: is required"),
            (
                "GATEHOUSE_APPLICATION__REPORTS__HOST", "a.example.com",
                "application.host: unknown key; did you mean GATEHOUSE_APPLICATION__REPORTS__HOSTS?"
            ),
            ("GATEHOUSE_APPLICATION__REPORTS__RULE__2__DENY", "true", ": leaves a gap: there is no number 1 yet"),
            (
                "GATEHOUSE_APPLICATION__REPORTS__RULE__01__DENY", "true",
                ": must have a number from 1 to 999 after GATEHOUSE_APPLICATION__REPORTS__RULE__, has \"01\""
            ),
            (
                "GATEHOUSE_APPLICATION__REPORTS__ALLOW_PREFLIGHT", "yes",
                "application.allow_preflight: must be true or false, is \"yes\""
            ),
            (
                "GATEHOUSE_APPLICATION__REPORTS__ORIGINS", "[\"https://a.example.com\"",
                "application.origins: begins like a list of TOML and is none"
            ),
            (
                "GATEHOUSE_BACKEND__X__TYPE", "ldap",
                ": must have a number from 1 to 999 after GATEHOUSE_BACKEND__, has \"X\""
            ),
            ("GATEHOUSE_BACKEND__0__TYPE", "ldap", ": must have a number from 1 to 999"),
            ("GATEHOUSE_BACKEND__1__NAME", "x", "backend.type: is required"),
            ("GATEHOUSE_PERMISSIONS", "{ a = ", "permissions: must be a table of TOML"),
            ("GATEHOUSE_PERMISSIONS", "{}\nx = 1", "permissions: must be a table of TOML"),
            ("GATEHOUSE_LISTEN", "0.0.0.0:80", ": must be an address of this machine like \"0.0.0.0\""),
            ("GATEHOUSE_DATA", "data", ": must be the absolute path of a folder, is \"data\""),
            ("GATEHOUSE_SESSIONS__PASSWORD_FILE", "", "password: must be the path of a file, is empty"),
            (
                "GATEHOUSE_SESSIONS__PASSWORD_FILE", "/nonexistent/x",
                "sessions.password: the file /nonexistent/x cannot be read"
            ),
        ])
    func mistakes(name: String, value: String, words: String) throws {
        let problems = try fixture.problems(
            ConfigFixture.minimal([:], ConfigFixture.application), environment: [name: value])
        // What is missing is named by the variable that would bring it.
        let isMissing = words.contains("is required")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix(isMissing ? "GATEHOUSE_" : "\(name): ") == true, "\(problems)")
        #expect(problems.first?.contains(": \(words)") == true, "\(problems)")
    }

    @Test(
        "of others are left alone",
        arguments: [
            "GATEHOUSE_CONFIG", "GATEHOUSE_TEST_REDIS", "GATEHOUSE_TEST_A__B", "GATEHOUSE_PORT",
            "GATEHOUSE_PORT_9180_TCP",
            "GATEHOUSE_SERVICE_HOST", "GATEHOUSE_SERVICE_PORT_HTTP", "GATEHOUSED", "gatehouse_sessions__idle",
            "GATEHOUSE_SERVICE_PORT", "GATEHOUSE_REDIS_SERVICE_HOST", "GATEHOUSE_REDIS_SERVICE_PORT_REDIS",
            "GATEHOUSE_REDIS_PORT", "GATEHOUSE_REDIS_PORT_6379_TCP_ADDR", "GATEHOUSE_ADMIN_NAME",
            "GATEHOUSE_ADMIN_PASSWORD_FILE",
        ])
    func foreign(name: String) throws {
        #expect(try fixture.problems(ConfigFixture.minimal(), environment: [name: "x"]).isEmpty)
    }
}
