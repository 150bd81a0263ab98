internal import GatehouseCore

/// What somebody sent with the form for the first administrator.
struct SetupAttempt: Sendable {
    let link: SecretToken
    let name: [UInt8]
    let password: Password
    private let again: Password

    /// `nil` without the secret of a link.
    init?(_ fields: FormFields) {
        guard let link = SetupAttempt.link(fields["link"]) else { return nil }
        self.link = link
        name = fields["name"] ?? []
        password = Password(fields["password"] ?? [])
        again = Password(fields["again"] ?? [])
    }

    /// Nothing typed yet.
    init(link: SecretToken) {
        self.link = link
        name = []
        password = Password([])
        again = Password([])
    }

    static func link(_ text: [UInt8]?) -> SecretToken? { text.flatMap { SecretToken(parsing: $0.span) } }

    /// What is wrong before anybody is asked.
    var problem: SetupPage.Problem? {
        if name.isEmpty || password.bytes.isEmpty { return .missing }
        if password.bytes != again.bytes { return .differ }
        if name.count > Credentials.maxNameLength || password.bytes.count > Password.maxLength { return .tooLong }
        return nil
    }

    /// The name for the form: what could be one, or nothing.
    var shownName: [UInt8] { SignInAttempt.shown(name) }
}
