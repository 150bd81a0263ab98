internal import Testing

extension EndToEnd {
    @Suite("The members of a group on the command line")
    struct GroupMembersTests {
        @Test("come and go many at once, all of them or, with one who is not there, nobody")
        func many() async throws {
            let site = try await CommandSite.start()
            defer { site.stop() }
            try site.add("alice", "bob", "carol")
            #expect(try site.run("group", "add", "editors").status == 0)
            let slip = try site.run("group", "members", "add", "editors", "alice", "bbo", "carlo")
            #expect(slip.status == 1, "\(slip)")
            #expect(slip.complaint.contains("did you mean bob?") && slip.complaint.contains("did you mean carol?"))
            #expect(try site.run("group", "members", "list", "editors").output.contains("Nobody."))

            let joined = try site.run("group", "members", "add", "editors", "alice", "bob", "alice")
            #expect(joined.status == 0 && joined.output.contains("2 people"), "\(joined)")
            let more = try site.run("group", "members", "add", "editors", "--stdin", input: "bob\r\n\n  carol \n")
            #expect(more.status == 0 && more.output.contains("1 person"), "\(more)")
            #expect(more.output.contains("1 was in it already"), "\(more)")
            let listed = try site.run("group", "members", "list", "editors", "--json").output
            for name in ["alice", "bob", "carol"] { #expect(listed.contains("\"name\":\"\(name)\"")) }

            let left = try site.run("group", "members", "remove", "editors", "bob", "carol")
            #expect(left.status == 0 && left.output.contains("2 people"), "\(left)")
            #expect(try site.run("group", "show", "editors", "--json").output.contains("\"members\":1"))
            #expect(try site.run("group", "members", "remove", "editors", "bob").status == 0)
            #expect(try site.run("group", "members", "add", "editros", "alice").status == 1)
            #expect(try site.run("group", "members", "list", "editros").status == 1)
            #expect(try site.run("group", "members", "add", "editors").status == 2)
            #expect(try site.run("group", "members", "add", "editors", "--stdin").status == 2)
        }

        @Test("see at once what they may do now")
        func atOnce() async throws {
            let stack = try await Stack.start(people: [.carol, .alice])
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(try stack.page("/finance/headers.json", cookie: cookie).status == 403)
            #expect(try stack.command("group", "members", "add", "finance", "alice", "carol").status == 0)
            #expect(try stack.page("/finance/headers.json", cookie: cookie).status == 200)
            #expect(try stack.command("group", "members", "remove", "finance", "alice").status == 0)
            #expect(try stack.page("/finance/headers.json", cookie: cookie).status == 403)
        }
    }
}
