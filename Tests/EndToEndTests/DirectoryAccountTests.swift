internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Accounts of a directory")
    struct DirectoryAccountTests {
        private static let password = "a long way to the gate"
        private static let name = "uid=dora,dc=example,dc=com"

        private static let entries = """
            dn: cn=policy,dc=example,dc=com
            objectClass: device
            objectClass: pwdPolicy
            cn: policy
            pwdAttribute: userPassword

            dn: \(name)
            objectClass: inetOrgPerson
            objectClass: extensibleObject
            uid: dora
            cn: Dora Directory
            sn: Directory
            mail: dora@example.com
            userPassword: \(password)

            """

        private func tables(_ directory: LDAPServer) -> String {
            """
            [[backend]]
            type = "ldap"
            urls = ["ldap://127.0.0.1:\(directory.port)"]
            timeout = "10s"
            base = "dc=example,dc=com"
            filter = "(&(|(uid={name})(mail={name}))(!(uid=svc-{name})))"
            password_url = "https://password.example.com/new"
            [identity]
            refresh = "1s"
            """
        }

        @Test(
            "end their sessions when they are barred or get another password, and say why to whoever knows the password"
        )
        func accounts() async throws {
            let directory = try await LDAPServer.start(DirectoryAccountTests.entries, overlay: .ppolicy)
            defer { directory.kill() }
            var settings = Stack.Settings()
            settings.tables = tables(directory)
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            let signIn = SignIn(stack: stack)
            func isOut(_ cookie: String) async -> Bool {
                await eventually(within: .seconds(40)) { (try? stack.page("/", cookie: cookie).status) != 200 }
            }
            // By the address, with a filter that says "not" to what was typed: a refresh finds the same entry.
            let first = try signIn.cookie(
                Stack.Person(name: "dora@example.com", password: DirectoryAccountTests.password))
            try directory.set("mail", of: DirectoryAccountTests.name, to: ["dora@example.com", "d@example.com"])
            try directory.set("cn", of: DirectoryAccountTests.name, to: ["Dora Renamed"])
            #expect(
                await eventually(within: .seconds(40)) {
                    (try? stack.arrival("/headers.json", cookie: first).all("Remote-Name")) == ["Dora Renamed"]
                })
            #expect(try stack.page("/", cookie: first).status == 200)
            // The server tells of its first change.
            try directory.set("userPassword", of: DirectoryAccountTests.name, to: ["another way"])
            let second = try signIn.cookie(Stack.Person(name: "dora", password: "another way"))
            #expect(try stack.page("/", cookie: second).status == 200)
            #expect(await isOut(first))
            try directory.set("nsAccountLock", of: DirectoryAccountTests.name, to: ["TRUE"])
            #expect(await isOut(second))
            let barred = try signIn.send(try signIn.form(), "dora", "another way")
            #expect(barred.status == 422 && barred.text.contains("your account is switched off"))
            try directory.set("nsAccountLock", of: DirectoryAccountTests.name, to: [])
            try directory.set("pwdReset", of: DirectoryAccountTests.name, to: ["TRUE"])
            let reset = try signIn.send(try signIn.form(), "dora", "another way")
            #expect(reset.status == 422 && reset.text.contains("a new one is wanted"))
            #expect(reset.text.contains("href=\"https://password.example.com/new\""))
            try directory.set("pwdReset", of: DirectoryAccountTests.name, to: [])
            let third = try signIn.cookie(Stack.Person(name: "dora", password: "another way"))
            #expect(try stack.page("/", cookie: third).status == 200)
            // The server counts in whole seconds, and the last change was one or more ago.
            try directory.set("userPassword", of: DirectoryAccountTests.name, to: ["a third way"])
            #expect(await isOut(third))
            // Whoever does not know the password hears of nothing.
            try directory.set("pwdReset", of: DirectoryAccountTests.name, to: ["TRUE"])
            let wrong = try signIn.send(try signIn.form(), "dora", "a wrong way")
            #expect(wrong.status == 422 && wrong.text.contains("do not match") && !wrong.text.contains("wanted"))
        }
    }
}
