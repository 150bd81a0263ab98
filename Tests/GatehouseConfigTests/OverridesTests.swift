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
            ("GATEHOUSE_A__B__C", "1h", ": no such key"),
            ("GATEHOUSE_APPLICATION__NAME", "x", "application: cannot be set from the environment"),
        ])
    func mistakes(name: String, value: String, words: String) throws {
        let problems = try fixture.problems(
            ConfigFixture.minimal([:], ConfigFixture.application), environment: [name: value])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name): \(words)") == true, "\(problems)")
    }

    @Test(
        "of others are left alone",
        arguments: [
            "GATEHOUSE_CONFIG", "GATEHOUSE_TEST_REDIS", "GATEHOUSE_TEST_A__B", "GATEHOUSE_PORT",
            "GATEHOUSE_PORT_9180_TCP",
            "GATEHOUSE_SERVICE_HOST", "GATEHOUSE_SERVICE_PORT_HTTP", "GATEHOUSED", "gatehouse_sessions__idle",
        ])
    func foreign(name: String) throws {
        #expect(try fixture.problems(ConfigFixture.minimal(), environment: [name: "x"]).isEmpty)
    }
}
