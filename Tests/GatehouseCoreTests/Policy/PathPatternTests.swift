import GatehouseCore
import Testing

@Suite("Path patterns")
struct PathPatternTests {
    private func matches(_ pattern: String, _ path: String) throws -> Bool {
        let canonical = CanonicalPath(parsing: Array(path.utf8).span)
        return try PathPattern(pattern).matches(try #require(canonical))
    }

    @Test(
        "match what the documentation says",
        arguments: [
            ("/admin/**", ["/admin", "/admin/", "/admin/x", "/admin/x/y/"], ["/", "/adminx", "/Admin", "/x/admin"]),
            ("/x", ["/x", "/%78"], ["/x/", "/x/y", "/"]), ("/x/", ["/x/"], ["/x"]), ("/", ["/"], ["/x"]),
            ("/**", ["/", "/x", "/x/y"], []), ("/a/*/c", ["/a/b/c"], ["/a/c", "/a/b/b/c", "/a/b/c/"]),
            ("/r/{id}/**", ["/r/7", "/r/7/x"], ["/r", "/r/"]), ("/a b", ["/a%20b"], ["/a"]),
            ("/é", ["/%c3%a9"], ["/e%cc%81"]),
        ])
    func matching(pattern: String, inside: [String], outside: [String]) throws {
        for path in inside { #expect(try matches(pattern, path), "\(pattern) \(path)") }
        for path in outside { #expect(try !matches(pattern, path), "\(pattern) \(path)") }
    }

    @Test(
        "that could not match anything, or not what they seem to, are refused",
        arguments: [
            "", "a", "//", "/a//b", "/a*", "/**/b", "/{", "/{}", "/{a}{b}", "/{a}/{a}", "/{a-b}", "/%61", "/a;b",
            "/a?b", "/a#b", "/..", "/a/./b", "/a\\b", "/a\n",
        ])
    func refused(text: String) {
        #expect(throws: PathPattern.Invalid.self) { try PathPattern(text) }
    }
}

@Suite("Conditions")
struct ConditionTests {
    @Test("are written as the configuration writes them")
    func spelling() {
        for text in [
            "anyone", "signed-in", "staff", "superuser", "user:alice", "group:a b", "permission:app.codename",
            "permission:a.b.c",
        ] {
            #expect(Condition(text)?.description == text)
        }
        for text in [
            "", "everyone", "user:", "user", "group:", "permission:x", "permission:.x", "permission:x.", "Signed-in",
            "role:x",
        ] {
            #expect(Condition(text) == nil, "\(text)")
        }
    }
}
