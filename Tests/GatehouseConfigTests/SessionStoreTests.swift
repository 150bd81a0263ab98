internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The address of the session store")
struct SessionStoreTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func redis(_ lines: String) throws -> RedisLocation {
        switch try fixture.load(ConfigFixture.minimal(["sessions": lines])).sessions.store {
        case .redis(let location): return location
        case .sqlite(let path): throw Unexpected(path: path)
        }
    }

    private struct Unexpected: Error { let path: String }

    private func file(_ text: String) throws -> String? {
        if case .sqlite(let path) = try fixture.load(text).sessions.store { path } else { nil }
    }

    @Test("is a file beside the configuration when nothing is said")
    func standard() throws {
        let text = """
            [portal]
            url = "https://auth.example.com"
            [keys]
            lookup = "file:keys/lookup"
            seal = "file:keys/seal"
            """
        #expect(try file(text) == "\(fixture.folder)/gatehouse.db")
        #expect(try file(text + "\n[sessions]\nidle = \"2h\"") == "\(fixture.folder)/gatehouse.db")
    }

    @Test(
        "may be a file, counted from the configuration's folder",
        arguments: [("sqlite:x.db", "/x.db"), ("sqlite:state/my sessions.db", "/state/my sessions.db")])
    func files(url: String, path: String) throws {
        #expect(try file(ConfigFixture.minimal(["sessions": "store = \"\(url)\""])) == fixture.folder + path)
        let absolute = ConfigFixture.minimal(["sessions": "store = \"sqlite:/var/lib/gatehouse/s.db\""])
        #expect(try file(absolute) == "/var/lib/gatehouse/s.db")
    }

    @Test("has a cache of 64 MiB and no grace, or what is written, within limits; a grace needs a cache")
    func cache() throws {
        func load(_ lines: String) throws -> SessionsTable {
            try fixture.load(ConfigFixture.minimal(["sessions": "store = \"redis://127.0.0.1\"\n" + lines])).sessions
        }
        #expect(try load("").cache == 64 << 20 && load("").grace == .zero)
        #expect(try load("cache = \"0KiB\"").cache == 0)
        let both = try load("cache = \"1GiB\"\ngrace = \"90s\"")
        #expect(both.cache == 1 << 30 && both.grace == .seconds(90))
        for (lines, words) in [
            ("cache = \"5GiB\"", "sessions.cache: must be from 0KiB to 4GiB"), ("cache = 64", "sessions.cache: "),
            ("grace = \"11m\"", "sessions.grace: must be from 0ms to 10m"),
            ("cache = \"0KiB\"\ngrace = \"1s\"", "sessions.grace: needs sessions.cache, which is 0KiB"),
        ] {
            let problems = try fixture.problems(
                ConfigFixture.minimal(["sessions": "store = \"redis://127.0.0.1\"\n" + lines]))
            #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
        }
    }

    @Test("that is a file needs no user and no password")
    func fileWithUser() throws {
        try fixture.write("pw", to: "keys/redis")
        let lines = "store = \"sqlite:x.db\"\nusername = \"u\"\npassword = \"file:keys/redis\""
        let problems = try fixture.problems(ConfigFixture.minimal(["sessions": lines]))
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { $0.contains("is for Redis, but sessions.store is a file") })
    }

    @Test(
        "is taken apart",
        arguments: [
            ("redis://127.0.0.1:6379/0", ServerAddress.tcp(host: "127.0.0.1", port: 6_379), 0),
            ("redis://cache_1", .tcp(host: "cache_1", port: 6_379), 0), ("redis://h:7/", .tcp(host: "h", port: 7), 0),
            ("redis://[::1]:7000/15", .tcp(host: "::1", port: 7_000), 15),
            ("redis://[::1]", .tcp(host: "::1", port: 6_379), 0),
            ("redis+unix:///run/redis.sock", .unix(path: "/run/redis.sock"), 0),
            ("redis+unix:///run/my%20redis.sock?db=3", .unix(path: "/run/my redis.sock"), 3),
        ])
    func parts(url: String, address: ServerAddress, database: Int) throws {
        let location = try redis("store = \"\(url)\"")
        #expect(location.place == .server(address))
        #expect(location.database == database)
        #expect(location.username == nil)
        #expect(location.password == nil)
    }

    @Test("may be Sentinels, with a user and a password of their own")
    func sentinels() throws {
        try fixture.write("one", to: "keys/redis")
        try fixture.write("two", to: "keys/sentinel")
        let bare = try redis("store = \"redis+sentinel://a,[::1]:7/my.master\"")
        let addresses = [ServerAddress.tcp(host: "a", port: 26_379), .tcp(host: "::1", port: 7)]
        #expect(bare.place == .sentinels(addresses, master: "my.master") && bare.database == 0)
        #expect(bare.sentinelPassword == nil && bare.sentinelUsername == nil)
        let full = try redis(
            """
            store = "redis+sentinel://u%40h:p@a/m/2"
            sentinel_username = "watcher"
            sentinel_password = "file:keys/sentinel"
            """)
        #expect(full.username == "u@h" && full.password?.octets == Array("p".utf8) && full.database == 2)
        #expect(full.sentinelUsername == "watcher" && full.sentinelPassword?.octets == Array("two".utf8))
    }

    @Test(
        "refuses what is for Sentinels alone, where it has no meaning",
        arguments: [
            ("store = \"redis://h\"\nsentinel_password = \"file:keys/sentinel\"", "but sessions.store names a server"),
            ("store = \"redis+sentinel://h/m\"\nsentinel_username = \"u\"", "needs sessions.sentinel_password, too"),
            ("store = \"sqlite:x.db\"\nsentinel_password = \"file:keys/sentinel\"", "but sessions.store is a file"),
        ])
    func sentinelKeys(lines: String, words: String) throws {
        try fixture.write("two", to: "keys/sentinel")
        let problems = try fixture.problems(ConfigFixture.minimal(["sessions": lines]))
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }

    @Test("may hold user and password, percent-encoded")
    func credentials() throws {
        let both = try redis("store = \"redis://gate%40house:p%3Aw@d@h:1\"")
        #expect(both.username == "gate@house")
        #expect(both.password?.octets == Array("p:w@d".utf8))
        #expect(both.place == .server(.tcp(host: "h", port: 1)))
        let one = try redis("store = \"redis://:pw@h\"")
        #expect(one.username == nil)
        #expect(one.password?.octets == Array("pw".utf8))
    }

    @Test("takes user and password from keys of their own")
    func ownKeys() throws {
        try fixture.write("pass word\n", to: "keys/redis")
        let location = try redis("username = \"gatehouse\"\npassword = \"file:keys/redis\"")
        #expect(location.username == "gatehouse")
        #expect(location.password?.octets == Array("pass word".utf8))
    }

    @Test(
        "is refused with what is allowed, never with the password",
        arguments: [
            ("rediss://:swordfish@h", "rediss: is not supported yet"),
            ("redis+cluster://h", "not supported yet"), ("redis+sentinel://h", "name of the master"),
            ("redis+sentinel:///m", "must name a host"), ("redis+sentinel://a,,b/m", "must name a host"),
            ("redis+sentinel://a,b:0/m", "a port from 1 to 65535 if it is not 26379"),
            ("redis+sentinel://a,a/m", "names a:26379 twice"), ("redis+sentinel://a/m/x", "a database number"),
            ("redis+sentinel://u:swordfish@a/m%20m", "name of the master"),
            ("redis+sentinel://\((1...17).map { "h\($0)" }.joined(separator: ","))/m", "at most 16 Sentinels"),
            ("sqlite:", "like \"sqlite:gatehouse.db\""),
            ("sqlite::memory:", "must be \"sqlite:\""), ("sqlite://host/x.db", "must be \"sqlite:\""),
            ("h:6379", "must be \"redis://"),
            ("redis://", "must name a host"), ("redis://h:0", "a port from 1 to 65535"),
            ("redis://h:65536", "a port from"),
            ("redis://h:+5", "a port from"), ("redis://::1", "must name a host"), ("redis://[::1", "must name a host"),
            ("redis://[h]", "must name a host"), ("redis://h/x", "a database number"),
            ("redis://h/10000", "a database number"),
            ("redis://swordfish@h", "must be \"redis://"), ("redis://u:@h", "must be \"redis://"),
            ("redis://u:swordfish%0@h", "must be \"redis://"), ("redis://u:swordfish%ff@h", "must be \"redis://"),
            ("redis://u:swordfish%00@h", "must be \"redis://"), ("redis+unix://run/x", "must be \"redis://"),
            ("redis+unix:///run/x?dbase=1", "must be \"redis://"), ("redis://u:swordfish@h:x/y", "a port from"),
            ("redis+unix:///" + String(repeating: "x", count: 107), "must be \"redis://"),
        ])
    func refusals(url: String, words: String) throws {
        let problems = try fixture.problems(ConfigFixture.minimal(["sessions": "store = \"\(url)\""]))
        #expect(problems.count == 1)
        #expect(problems.first?.contains(": sessions.store: ") == true)
        #expect(problems.first?.contains(words) == true, "\(problems)")
        #expect(!problems.description.contains("swordfish"))
    }

    @Test("contradicts keys that say the same again")
    func contradictions() throws {
        try fixture.write("pw", to: "keys/redis")
        let lines = "store = \"redis://u:swordfish@h\"\nusername = \"u\"\npassword = \"file:keys/redis\""
        let problems = try fixture.problems(ConfigFixture.minimal(["sessions": lines]))
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { $0.contains("must not be set: sessions.store has a") })
        #expect(!problems.description.contains("swordfish"))
    }
}
