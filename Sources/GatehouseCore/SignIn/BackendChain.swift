/// The backends in their configured order, asked one after another as Django asks its own.
package struct BackendChain: Sendable {
    private let backends: [any Backend]

    package init(_ backends: [any Backend]) { self.backends = backends }

    /// Asks each backend until one knows the person or refuses.
    ///
    /// - Parameter credentials: as typed.
    /// - Returns: the person and everything known of them; what bars somebody who is known by the password alone; or `notMine`:
    ///   wrong, unknown, inactive and refused look alike.
    /// - Throws: `BackendError` when a backend could not find out: answer 503, never "wrong password". What was done with the
    ///   password until then, `Credentials.onUse` was told.
    package func answer(to credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        guard !credentials.password.bytes.isEmpty, credentials.password.bytes.count <= Password.maxLength,
            credentials.name.bytes.count <= Credentials.maxNameLength,
            // Nobody can type it, and some hashes do not see it.
            !credentials.password.bytes.contains(0)
        else { return .notMine }
        var barred: BarredAccount?
        for backend in backends {
            switch try await backend.authenticate(credentials) {
            case .authenticated(let identity): return .authenticated(identity)
            case .refused: return .notMine
            // It did its work, whether it had anybody to compare with or not: what fails behind it must not tell.
            case .notMine: credentials.onUse(.spent)
            // Another one may let the person in; if none does, the first reason is told that the password was needed for.
            case .barred(let account):
                if barred?.isPasswordProven != true, account.isPasswordProven || barred == nil { barred = account }
                credentials.onUse(.spent)
            }
        }
        return barred.map(AuthenticationResult.barred) ?? .notMine
    }

    /// Looks for something in what the passwords are known by now that somebody of a typed name could sign in with: `nil` for one
    /// that is kept elsewhere.
    ///
    /// A backend that gives no answer is left out; those behind the one where it is found are not asked, and hold up nobody.
    package func first<Found: Sendable>(
        inCredentialsOf name: UTF8Text, _ find: ([Octets16?]) -> Found?
    ) async -> Found? {
        guard name.bytes.count <= Credentials.maxNameLength else { return nil }
        for backend in backends {
            guard let credentials = try? await backend.currentCredentials(of: name) else { continue }
            if let found = find(credentials) { return found }
        }
        return nil
    }

    /// The backends' names, in their order.
    package var names: [BackendName] { backends.map(\.name) }

    /// Whether another backend than one says that it knows somebody of a name; some can say that only to whoever has the password.
    ///
    /// - Throws: `BackendError` if one that was asked gave no answer, and no other knows the name.
    package func knows(_ name: UTF8Text, besides other: BackendName) async throws(BackendError) -> Bool {
        var failure: BackendError?
        for backend in backends where backend.name != other {
            do throws(BackendError) {
                if try await backend.currentCredentials(of: name).contains(where: { $0 != nil }) { return true }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return false
    }

    /// What is known now about a person who signed in earlier.
    ///
    /// - Returns: `nil` if the person is gone, inactive, or of a backend that is no longer configured: end the sessions.
    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        for backend in backends where backend.name == user.backend {
            return try await backend.identity(of: user, known: known)
        }
        return nil
    }
}
