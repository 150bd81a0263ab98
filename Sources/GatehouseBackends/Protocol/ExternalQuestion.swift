internal import GatehouseCore

/// What a backend of somebody else's is asked, over HTTP or on the standard input of a program: one JSON object.
enum ExternalQuestion {
    private static let version = 1

    /// Whether a password is right; `nil` if it is no text, and therefore nobody's.
    static func authenticate(_ credentials: Credentials) -> [UInt8]? {
        guard let password = UTF8Text(validating: credentials.password.bytes), !password.isEmpty,
            !credentials.name.isEmpty, !credentials.name.bytes.contains(0), !password.bytes.contains(0)
        else { return nil }
        var text = JSONText()
        text.add("version", version)
        text.add("operation", "authenticate")
        text.add("name", credentials.name)
        text.add("password", password)
        if case .known(let address) = credentials.client { text.add("client", UTF8Text(address.description)) }
        return text.document
    }

    /// Who somebody is now that signed in before.
    static func identity(_ id: UTF8Text) -> [UInt8] {
        var text = JSONText()
        text.add("version", version)
        text.add("operation", "identity")
        text.add("id", id)
        return text.document
    }
}
