internal import GatehouseCore

/// How people are signed in through PAM, and who of them may.
package struct PAMSettings: Sendable {
    /// The name of a file in `/etc/pam.d`.
    package let service: String
    /// How long one exchange may take.
    package let timeout: Duration
    /// Accounts of the system below it are nobody here.
    package let minUserID: Int
    /// Whether user id 0 may sign in.
    package let allowsRoot: Bool
    /// Whether somebody must have an account of the system (`getpwnam`).
    package let requiresAccount: Bool
    /// Stands in for `/etc/pam.d`; for tests.
    package let folder: String?

    package init(
        service: String = "gatehouse", timeout: Duration = .seconds(5), minUserID: Int = 1_000,
        allowsRoot: Bool = false, requiresAccount: Bool = true, folder: String? = nil
    ) {
        self.service = service
        self.timeout = timeout
        self.minUserID = minUserID
        self.allowsRoot = allowsRoot
        self.requiresAccount = requiresAccount
        self.folder = folder
    }

    /// Whether a text can be the name of a service: letters, digits, `-` and `_`.
    package static func isService(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return !bytes.isEmpty && bytes.count <= 64
            && bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    }
}
