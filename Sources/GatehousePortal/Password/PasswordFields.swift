internal import GatehouseCore

/// A new password, typed twice.
struct NewPasswordFields: Sendable {
    let password: Password
    private let again: Password

    init(_ fields: FormFields) {
        password = Password(fields["password"] ?? [])
        again = Password(fields["again"] ?? [])
    }

    /// What is wrong before anybody is asked.
    var problem: PasswordPage.Problem? {
        if password.bytes.isEmpty { return .missing }
        if password.bytes != again.bytes { return .differ }
        if password.bytes.contains(0) || UTF8Text(validating: password.bytes) == nil { return .unreadable }
        if password.bytes.count > Password.maxLength { return .tooLong }
        return nil
    }
}
