import Foundation
import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseBackends

@Suite(
    "Accounts of a real Active Directory", .serialized,
    .enabled(if: SambaServer.obstacle == nil, ActiveDirectory.obstacle))
struct ActiveDirectoryAccountTests {
    private static let page = Contact("https://password.example.com/")

    private enum Way: CaseIterable {
        case search, direct
    }

    private func backend(_ directory: ActiveDirectory, _ way: Way) -> LDAPBackend {
        directory.backend {
            $0.passwordPage = ActiveDirectoryAccountTests.page
            if way == .direct { $0.userDN = "{name}@ad.example" }
        }
    }

    private func answer(
        _ backend: LDAPBackend, _ name: String, _ password: String = "correct horse"
    ) async throws -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    @Test(
        "that are barred sign nobody in and end at a refresh, told to whoever knows the password",
        arguments: [
            ("userAccountControl", "514", "512", BarredAccount.disabled),
            ("accountExpires", "132000000000000000", "0", .expired),
            ("pwdLastSet", "0", "-1", .newPassword(page: page)),
        ])
    func barred(attribute: String, value: String, before: String, bar: BarredAccount) async throws {
        let directory = try await ActiveDirectory.start()
        let name = "barred-\(attribute.lowercased())"
        try directory.server.addPerson(name, password: "correct horse")
        defer { try? directory.server.remove(name) }
        for way in Way.allCases {
            let backend = backend(directory, way)
            let person = try #require(try await backend.ask(name, "correct horse"))
            #expect(try await backend.identity(of: person.user, known: person) == person)
            try directory.server.set(attribute, of: name, to: value)
            #expect(try await answer(backend, name) == .barred(bar), "\(way)")
            #expect(try await answer(backend, name, "wrong") == .notMine)
            #expect(try await backend.identity(of: person.user, known: person) == nil)
            let blind = directory.backend { $0.readsAccountState = false }
            #expect(try await blind.identity(of: person.user, known: person) != nil)
            try directory.server.set(attribute, of: name, to: before)
            #expect(try await backend.ask(name, "correct horse")?.user == person.user)
            #expect(try await backend.identity(of: person.user, known: person)?.user == person.user)
        }
    }

    @Test("that were locked end at a refresh, which the server tells without a look at the password")
    func locked() async throws {
        let directory = try await ActiveDirectory.start()
        try directory.server.addPerson("locked", password: "correct horse")
        defer { try? directory.server.remove("locked") }
        for way in Way.allCases {
            let backend = backend(directory, way)
            let person = try #require(try await backend.ask("locked", "correct horse"))
            for _ in 0..<SambaServer.lockoutThreshold { _ = try await backend.ask("locked", "wrong") }
            #expect(try await backend.identity(of: person.user, known: person) == nil)
            let barred = AuthenticationResult.barred(.locked(isPasswordProven: false))
            #expect(try await answer(backend, "locked") == barred)
            #expect(try await answer(backend, "locked", "wrong") == barred)
            try directory.server.set("lockoutTime", of: "locked", to: "0")
            #expect(try await answer(backend, "locked") == .authenticated(person))
        }
    }

    @Test("that the domain locked for a time that is over come in, whatever the entry says about it")
    func lockIsOver() async throws {
        let directory = try await ActiveDirectory.start()
        try directory.server.addPerson("patient", password: "correct horse")
        defer { try? directory.server.remove("patient") }
        let backend = backend(directory, .search)
        let person = try #require(try await backend.ask("patient", "correct horse"))
        // The domain locks for half an hour.
        try directory.server.set("lockoutTime", of: "patient", to: "132000000000000000")
        #expect(try await backend.identity(of: person.user, known: person) == person)
        #expect(try await backend.ask("patient", "correct horse") == person)
    }

    @Test("that have another password, or are gone, are seen to")
    func changed() async throws {
        let directory = try await ActiveDirectory.start()
        try directory.server.addPerson("changer", password: "correct horse")
        let backend = backend(directory, .search)
        let person = try #require(try await backend.ask("changer", "correct horse"))
        let first = try #require(person.credential)
        #expect(try await backend.currentCredentials(of: "changer") == [first])
        // Signing in changes nothing about it.
        #expect(try await backend.ask("changer", "correct horse")?.credential == first)
        try directory.server.setPassword(of: "changer", to: "another horse")
        let known = try await backend.identity(of: person.user, known: person)
        #expect(known != nil && known?.credential != first)
        let again = try #require(try await backend.ask("changer", "another horse"))
        #expect(again.credential == known?.credential && again.user == person.user)
        try directory.server.remove("changer")
        #expect(try await backend.identity(of: person.user, known: person) == nil)
        #expect(try await answer(backend, "changer", "another horse") == .notMine)
    }

    @Test("sign in by a name, or by a whole one with its domain, whose password it is and nobody else's")
    func wholeName() async throws {
        let directory = try await ActiveDirectory.start()
        try directory.server.addPerson("whole", password: "correct horse")
        try directory.server.addPerson("other", password: "correct horse", more: "description: whole")
        defer { for name in ["whole", "other"] { try? directory.server.remove(name) } }
        let backend = backend(directory, .direct)
        let person = try #require(try await backend.ask("whole", "correct horse"))
        for name in ["whole@ad.example", "WHOLE@AD.EXAMPLE", " whole@ad.example"] {
            let found = try await backend.ask(name, "correct horse")
            #expect(found == person, "\(name)")
            #expect(try await backend.identity(of: person.user, known: found) == person)
            #expect(try await backend.ask(name, "wrong") == nil)
        }
        for name in ["whole@", "@ad.example", "whole@ad.example@ad.example", "AD\\whole", "whole@elsewhere.example"] {
            #expect(try await backend.ask(name, "correct horse") == nil, "\(name)")
        }
        // Both have the same password; the filter finds the other one.
        let astray = directory.backend {
            $0.userDN = "{name}@ad.example"
            $0.filter = "(description={name})"
        }
        #expect(try await astray.ask("whole", "correct horse") == nil)
    }
}
