internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("A name that somebody from a provider has")
    struct HeldNameTests {
        /// A file of people who all have one password.
        private struct People {
            let path: String
            private let folder: TemporaryFolder
            private let hash: String

            init(_ folder: TemporaryFolder, _ password: String) throws {
                self.folder = folder
                path = folder.file("people.toml")
                let (binary, config) = (try Repository.gatehouse(), folder.file("init.toml"))
                let secret = try folder.write(password + "\n", to: "password")
                _ = try Tools.run(binary, ["init", "--config", config, "--portal", "https://auth.example.com"])
                let made = try Tools.run(binary, ["hash", "make", "--password-file", secret, "--config", config])
                hash = made.output.split(separator: "\n").last.map(String.init) ?? ""
            }

            func write(_ names: [String]) throws {
                try folder.write(
                    names.map { "[users.\($0)]\npassword = \"\(hash)\"\n" }.joined(), to: "people.toml")
            }
        }

        @Test("is nobody else's: the right password for it opens nothing, until it is free")
        func heldName() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let folder = try TemporaryFolder()
            defer { withExtendedLifetime(folder) {} }
            let password = "a long way to the gate"
            let people = try People(folder, password)
            try people.write(["somebody"])
            let secret = try folder.write(HostileProvider.clientSecret + "\n", to: "secret")
            var settings = Stack.Settings()
            settings.tables = """
                [[backend]]
                type = "database"
                [[backend]]
                type = "file"
                path = "\(people.path)"
                [[provider]]
                type = "oidc"
                name = "house"
                issuer = "\(provider.issuer)"
                client_id = "\(HostileProvider.clientID)"
                client_secret = "file:\(secret)"
                allow = "everyone"
                """
            let stack = try await Stack.start(settings: settings, people: [])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            #expect(try journey.signIn(at: provider).status == 303, "\(stack.logs)")
            let session = "gatehouse-local=\(try #require(journey.cookies["gatehouse-local"]))"
            // Somebody of that name is written into the file afterwards; each look at whether it was read has a name of its own.
            let names = (0..<30).map { "erik\($0)" }
            try people.write(["alice"] + names)
            let signIn = SignIn(stack: stack)
            var looks = names.makeIterator()
            let isRead = await eventually {
                looks.next().map { (try? signIn.cookie(Stack.Person(name: $0, password: password))) != nil } ?? true
            }
            #expect(isRead)
            let answer = try signIn.send(try signIn.form(), "alice", password)
            #expect(answer.status == 422 && answer.text.contains("has your name here"), "\(answer.text)")
            #expect(await eventually { stack.logs.contains("\"reason\":\"name-taken\"") })
            #expect(try stack.arrival("/headers.json", cookie: session).all("Remote-User") == ["alice"])
            // Once it is free, it is a name like any other.
            let freed = try stack.command(
                "user", "identities", "unlink", "alice", "--issuer", provider.issuer, "--subject", "alice-1")
            #expect(freed.status == 0, "\(freed.output)")
            #expect(try !signIn.cookie(Stack.Person(name: "alice", password: password)).isEmpty)
            #expect(try stack.page("/reports", cookie: session).status != 200)
        }
    }
}
