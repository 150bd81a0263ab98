internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("An outage")
    struct OutageTests {
        private static let password = "a long way to the gate"

        /// Whoever tries again and again while the directory is down, and then once more with the directory up.
        private func triesDuringOutage(_ backends: String, _ directory: LDAPServer) async throws {
            var settings = Stack.Settings()
            settings.tables = """
                \(backends)
                [[backend]]
                type = "ldap"
                urls = ["ldap://127.0.0.1:\(directory.port)"]
                base = "dc=example,dc=com"
                [throttle]
                # A pause passes while a slow machine gets ready for the next try; the window does not.
                per_account_and_address = 3
                """
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            let signIn = SignIn(stack: stack)
            directory.kill()
            for _ in 0..<9 {
                #expect(try signIn.send(try signIn.form(), "dora", Self.password).status == 503)
            }
            try await directory.restart()
            #expect(try signIn.send(try signIn.form(), "dora", Self.password).status == 303)
            // Whatever is compared counts as before.
            for _ in 0..<3 { #expect(try signIn.send(try signIn.form(), "dora", "wrong").status == 422) }
            #expect(try signIn.send(try signIn.form(), "dora", "wrong").status == 429)
        }

        @Test(
            "of a directory uses up nobody's tries, behind the database or alone",
            arguments: ["[[backend]]\ntype = \"database\"", ""])
        func directory(backends: String) async throws {
            let directory = try await LDAPServer.start(
                """
                dn: uid=dora,dc=example,dc=com
                objectClass: inetOrgPerson
                uid: dora
                cn: Dora Directory
                sn: Directory
                userPassword: \(Self.password)

                """)
            defer { directory.kill() }
            try await triesDuringOutage(backends, directory)
        }
    }
}
