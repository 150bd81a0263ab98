internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A database that Django and Gatehouse share", .enabled(if: DjangoSite.python != nil))
    struct DjangoSiteTests {
        /// Knows every group and permission, and looks again at people after a second.
        private static let settings = Stack.Settings(
            tables: """
                [identity]
                refresh = "1s"
                [passwords]
                allow_legacy = true
                """,
            application: """
                groups = ["*"]
                permissions = ["*"]
                """)

        /// A fresh database; `keep` must live as long as it.
        private func database(_ kind: Stores.People) async throws -> (url: String, keep: any Sendable) {
            switch kind {
            case .sqlite:
                let folder = try TemporaryFolder()
                return ("sqlite:\(folder.file("site.db"))", folder)
            case .postgresql:
                let server = try await PostgresServer.start()
                return (try server.makeDatabase(), server)
            }
        }

        @Test("made by Django lets exactly the right people in", arguments: [Stores.People.sqlite, .postgresql])
        func madeByDjango(kind: Stores.People) async throws {
            let (url, keep) = try await database(kind)
            let site = try DjangoSite(url)
            try site.migrate()
            let people = try site.makePeople()
            let stack = try await Stack.start(database: url, settings: Self.settings, people: [])
            defer { stack.stop() }
            #expect(people.filter(\.signsIn).count == 11 && people.count == 15, "the people of the test")
            for person in people {
                let signIn = SignIn(stack: stack)
                let answer = try signIn.send(try signIn.form(), person.name, person.password)
                #expect((answer.status == 303) == person.signsIn, "\(person.name): \(answer.status)")
                guard answer.status == 303 else { continue }
                let cookie = try signIn.cookie(Stack.Person(name: person.name, password: person.password))
                let arrival = try stack.arrival("/headers.json", cookie: cookie)
                // nginx hands no empty header on.
                func value(_ name: String) -> String { arrival.all(name).first ?? "" }
                #expect(arrival.all("Remote-User").map(decoded) == [person.name])
                #expect(list(value("Remote-Groups")) == person.groups, "\(person.name)")
                #expect(list(value("Remote-Permissions")) == person.permissions, "\(person.name)")
                #expect(value("Remote-Superuser") == (person.isSuperuser ? "true" : ""))
            }
            // Django reads the hashes that were made anew, and finds its tables as they should be.
            let known = try site.authenticate(people.map { ($0.name, $0.password) })
            for (person, known) in zip(people, known) where person.name != "broken" {
                #expect((known != nil) == person.signsIn, "\(person.name)")
            }
            #expect(try site.isUpToDate())
            withExtendedLifetime(keep) {}
        }

        @Test(
            "made by Gatehouse is Django's too, and its admin edits people who are signed in",
            arguments: [Stores.People.sqlite, .postgresql])
        func madeByGatehouse(kind: Stores.People) async throws {
            let (url, keep) = try await database(kind)
            let admin = Stack.Person(name: "root", password: "the first of them", options: ["--staff", "--superuser"])
            let stack = try await Stack.start(
                database: url, settings: Self.settings, people: [.alice, .carol, admin])
            defer { stack.stop() }
            let site = try DjangoSite(url)
            #expect(try site.isUpToDate())
            let (alice, carol) = (Stack.Person.alice, Stack.Person.carol)
            let known = try site.authenticate([
                (alice.name, alice.password), (carol.name, carol.password), (alice.name, "wrong"),
            ])
            #expect(
                known[0]
                    == DjangoSite.Known(
                        groups: ["editors"], permissions: ["pages.change_page"], isSuperuser: false))
            #expect(known[1] == DjangoSite.Known(groups: ["finance"], permissions: [], isSuperuser: false))
            #expect(known[2] == nil)

            try site.migrate(withAdmin: true)
            let cookie = try SignIn(stack: stack).cookie(alice)
            func status(_ path: String) -> Int? { try? stack.page(path, cookie: cookie).status }
            #expect(status("/headers.json") == 200)
            #expect(status("/finance/headers.json") == 403)
            try site.edit(alice.name, ["groups=finance,editors", "first_name=Alice", "last_name=Liddell"], as: admin)
            #expect(await eventually(within: .seconds(30)) { status("/finance/headers.json") == 200 })
            let arrival = try stack.arrival("/headers.json", cookie: cookie)
            #expect(arrival.all("Remote-Name") == ["Alice Liddell"])
            #expect(arrival.all("Remote-Groups").map(list) == [["editors", "finance"]])
            try site.edit(alice.name, ["groups="], as: admin)
            #expect(await eventually(within: .seconds(30)) { status("/finance/headers.json") == 403 })

            // A new password ends what was signed in with the old one; an inactive account ends at all.
            try site.setPassword(of: alice.name, to: "another way through", as: admin)
            #expect(await eventually(within: .seconds(30)) { status("/headers.json") == 303 })
            let again = try SignIn(stack: stack).cookie(
                Stack.Person(name: alice.name, password: "another way through"))
            #expect(try stack.page("/headers.json", cookie: again).status == 200)
            try site.edit(alice.name, ["is_active="], as: admin)
            #expect(
                await eventually(within: .seconds(30)) {
                    (try? stack.page("/headers.json", cookie: again))?.status == 303
                })
            withExtendedLifetime(keep) {}
        }

        /// A header's list, taken apart and decoded.
        private func list(_ value: String) -> [String] {
            value.isEmpty ? [] : value.split(separator: ",").map { decoded(String($0)) }.sorted()
        }

        private func decoded(_ value: String) -> String { value.removingPercentEncoding ?? value }
    }
}
