package import GatehouseCore

/// The mails that the portal sends.
package struct PortalMail: Sendable {
    /// Hands a mail over and returns at once; `false` if it was not taken.
    ///
    /// Beyond its life it is of no use; `nil` for always.
    let post: @Sendable (_ recipient: UTF8Text, _ subject: String, _ text: String, _ life: Duration?) -> Bool
    /// Whether people are told of a sign-in from a browser that they had not used.
    let tellsOfNewDevices: Bool

    package init(
        tellsOfNewDevices: Bool, post: @escaping @Sendable (UTF8Text, String, String, Duration?) -> Bool
    ) {
        self.tellsOfNewDevices = tellsOfNewDevices
        self.post = post
    }
}
