package import GatehouseCore
import Testing

/// What every backend that knows passwords has to do, whatever stands behind it.
///
/// The rig behind the backend knows exactly one person of that name, with that password, who is active; other people it
/// knows are not touched.
package struct BackendCheck: Sendable {
    private let backend: any Backend
    private let name: String
    private let password: String

    package init(_ backend: any Backend, name: String, password: String) {
        self.backend = backend
        self.name = name
        self.password = password
    }

    /// Runs all of it and records an issue for everything that is not as it should be.
    package func run() async throws {
        let person = try await signsIn()
        try await knowsAgain(person)
        try await refusesOthers()
        try await tellsWhatItCompares()
    }

    /// Whoever guesses is counted by it.
    private func tellsWhatItCompares() async throws {
        for text in [password, "\(password)x"] {
            let compared = Mutexed(0)
            let credentials = Credentials(
                name: UTF8Text(name), password: Password(text),
                onUse: { use in
                    compared.change { $0 += use == .compared ? 1 : use == .untouched ? -1 : 0 }
                })
            _ = try await backend.authenticate(credentials)
            #expect(compared.value > 0, "what was done with the password was not told")
        }
    }

    private func ask(_ name: String, _ password: String) async throws -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    /// The right password, each time with the same outcome.
    private func signsIn() async throws -> Identity {
        guard case .authenticated(let first) = try await ask(name, password) else {
            throw BackendCheckFailure(what: "the right password was not accepted")
        }
        #expect(try await ask(name, password) == .authenticated(first))
        #expect(first.user.backend == backend.name)
        #expect(!first.user.id.isEmpty && !first.name.text.isEmpty)
        return first
    }

    /// A person who signed in is still known, another one never was.
    private func knowsAgain(_ person: Identity) async throws {
        #expect(try await backend.identity(of: person.user, known: person)?.user == person.user)
        let foreign = UserReference(backend: "another", id: person.user.id)
        #expect(try await backend.identity(of: foreign, known: nil) == nil)
    }

    /// Nobody but that person with exactly that password, and no text that means something to a directory, a shell, a
    /// database or a protocol.
    private func refusesOthers() async throws {
        let long = String(repeating: "x", count: 254)
        let names = [
            "nobody", "\(name)x", "*", "\(name)*", "\(name))(uid=*", "*)(objectClass=*", "\\2a", "a\u{0}",
            "\(name)\u{0}",
            "\(name)\u{0}x", "../\(name)", "$(id)", "`id`", "'; DROP TABLE auth_user; --", "\(name)\r\nx: y", "-h",
            "--help",
            "", " ", "\u{202E}\(name)", "\u{FEFF}", long,
        ]
        for text in names {
            #expect(try await ask(text, password) == .notMine, "the name \(text.debugDescription)")
        }
        let passwords = [
            "\(password) ", " \(password)", "\(password)\u{0}", "\(password)\u{0}x", "\(password)\n", "", "*", "\u{0}",
            String(password.dropLast()), String(repeating: "x", count: 4_096), "😀", password.uppercased() + "x",
        ]
        for text in passwords {
            #expect(try await ask(name, text) == .notMine, "the password \(text.debugDescription)")
        }
        guard case .authenticated = try await ask(name, password) else {
            throw BackendCheckFailure(what: "after all that the right password was not accepted")
        }
    }
}

/// What stopped a check.
package struct BackendCheckFailure: Error {
    package let what: String

    package init(what: String) { self.what = what }
}
