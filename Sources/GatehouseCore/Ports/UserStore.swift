/// The people of Django's tables, as sign-in and the command line need them.
///
/// Errors are `BackendError.unavailable`: the store could not be asked. Nothing here blocks the caller's thread.
package protocol UserStore: Sendable {
    /// The account whose name has exactly these bytes; `nil` if there is none. Inactive ones are found too.
    func account(named name: UserName) async throws(BackendError) -> Account?

    /// Everything about an active user; `nil` if gone or inactive. An active superuser has every permission row.
    ///
    /// `id` is the primary key as text.
    func person(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> StoredPerson?

    /// Replaces the stored hash if it is still `old`.
    ///
    /// - Returns: whether it was.
    func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool

    /// Notes the moment of a sign-in (`last_login`).
    func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError)
}

extension UserStore {
    /// What is known of an active user, without the password.
    package func identity(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> Identity? {
        try await person(of: id, backend: backend)?.identity
    }
}

/// An active user with the stored hash.
package struct StoredPerson: Equatable, Sendable {
    /// Without a credential: the store knows no cryptography.
    package let identity: Identity
    package let encodedPassword: String

    package init(identity: Identity, encodedPassword: String) {
        self.identity = identity
        self.encodedPassword = encodedPassword
    }
}

/// A row of `auth_user`, as far as sign-in needs it.
package struct Account: Equatable, Sendable {
    /// The primary key as decimal text.
    package let id: UTF8Text
    package let name: UserName
    /// Django's encoded hash; `!…` is unusable, anything else may be malformed.
    package let encodedPassword: String
    package let isActive: Bool

    package init(id: UTF8Text, name: UserName, encodedPassword: String, isActive: Bool) {
        self.id = id
        self.name = name
        self.encodedPassword = encodedPassword
        self.isActive = isActive
    }
}
