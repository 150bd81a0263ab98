internal import GatehouseConfig

extension FuzzTarget {
    private static let seed = """
        [portal]
        url = "https://auth.example.com"
        contact = 'a "quoted" text'
        [sessions]
        idle = "1h" # a comment
        [throttle]
        name_limit = 10
        [[backend]]
        type = "database"
        [[application]]
        name = "app"
        hosts = ["app.example.com", "*.app.example.com:8443"]
          [[application.rule]]
          paths = ["/a/**", "/{id}/*"]
          allow = ["group:admins", "permission:a.b(c:{id})"]
          signed_in_within = "15m"
          networks = ["10.0.0.0/8", "loopback"]
          between = ["Mon-Fri 08:00-18:00 +01:00"]
          [[application.rule]]
          allow = [["group:a", "staff"], "user:x"]
        [[expect]]
        user = "alice"
        url = "https://app.example.com/"
        from = "192.0.2.1"
        at = "2026-11-30T09:00:00+01:00"
        is = "allow"
        """

    /// A configuration is taken or refused with at least one problem.
    static let toml = FuzzTarget(
        "toml", seeds: [seed, "a.b.c = { d = [1, 2.5, true, 1979-05-27T07:32:00Z] }\n\"\\u00E9\" = '''\nx'''\n"]
    ) { bytes throws(Broken) in
        do throws(ConfigProblems) {
            _ = try Configuration.load(
                unwritten: String(decoding: bytes, as: UTF8.self), path: "/nonexistent/gatehouse.toml", pending: [:],
                environment: [:])
        } catch { try expect(!error.problems.isEmpty, "refused without a reason") }
    }
}
