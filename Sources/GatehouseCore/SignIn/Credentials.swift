/// A password as a person typed it: never printed, compared only by a hasher.
package struct Password: Sendable, CustomStringConvertible, CustomReflectable {
    /// Exactly the octets that were sent: no trimming, no normalisation.
    package let bytes: [UInt8]

    /// The longest password that is looked at; longer ones are wrong without being hashed.
    package static let maxLength = 4_096

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { bytes = Array(text.utf8) }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a person offers at the login page.
package struct Credentials: Sendable {
    /// As typed: the backend strips and normalises it.
    package let name: UTF8Text
    package let password: Password
    /// Who asks: for backends that keep a record of their own.
    package let client: ClientAddress
    /// On whose behalf the password is compared.
    package let flow: Flow
    /// Where a backend in which a person has several names asks, once it knows who is meant and before it compares.
    ///
    /// Throws `BackendError.held` where the person was tried too often: the backend throws the same.
    package let admission: @Sendable (UserReference) async throws(BackendError) -> Void
    /// Where a backend says what it does with the password, before it does so: an outage costs nobody a try whose password was
    /// looked at by nobody.
    package let onUse: @Sendable (PasswordUse) -> Void

    /// The longest name that is looked at, in octets.
    package static let maxNameLength = 254

    package init(
        name: UTF8Text, password: Password, client: ClientAddress = .unknown, flow: Flow = Flow(.stranger, key: []),
        admission: @escaping @Sendable (UserReference) async throws(BackendError) -> Void = { _ in },
        onUse: @escaping @Sendable (PasswordUse) -> Void = { _ in }
    ) {
        self.name = name
        self.password = password
        self.client = client
        self.flow = flow
        self.admission = admission
        self.onUse = onUse
    }

    /// The same, of somebody whose standing is known, with who wants to know about the password.
    package func with(
        _ flow: Flow, onUse: @escaping @Sendable (PasswordUse) -> Void,
        admission: @escaping @Sendable (UserReference) async throws(BackendError) -> Void
    ) -> Credentials {
        Credentials(name: name, password: password, client: client, flow: flow, admission: admission, onUse: onUse)
    }
}

/// What a backend does with a password.
package enum PasswordUse: Equatable, Sendable {
    /// Computes as much as for a comparison, for somebody whom it does not know.
    case spent
    /// Compares it, or hands it to somebody who may.
    case compared
    /// Whoever it was handed to last said that it was not looked at.
    case untouched
}
