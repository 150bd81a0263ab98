internal import GatehouseCore

/// What a person sent with the sign-in form.
struct SignInAttempt: Sendable {
    let name: [UInt8]
    let password: Password
    let isRemembered: Bool
    let destination: Destination?

    init(_ fields: FormFields, destination: Destination?) {
        name = fields["name"] ?? []
        password = Password(fields["password"] ?? [])
        isRemembered = fields["remember"] != nil
        self.destination = destination
    }

    /// Nothing typed yet.
    init(destination: Destination?) {
        name = []
        password = Password([])
        isRemembered = false
        self.destination = destination
    }

    /// The name for the form: what could be one, or nothing.
    var shownName: [UInt8] { SignInAttempt.shown(name) }

    static func shown(_ name: [UInt8]) -> [UInt8] {
        name.count <= Credentials.maxNameLength && UTF8Text(validating: name) != nil ? name : []
    }
}
