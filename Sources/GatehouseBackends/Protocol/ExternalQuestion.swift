internal import GatehouseCore
internal import GatehouseFormats

/// What a backend of somebody else's is asked, over HTTP or on the standard input of a program: one JSON object.
enum ExternalQuestion {
    private static let version = 1

    /// Whether a password is right; `nil` if it is no text, and therefore nobody's.
    static func authenticate(_ credentials: Credentials) -> [UInt8]? {
        guard let password = UTF8Text(validating: credentials.password.bytes), !password.isEmpty,
            !credentials.name.isEmpty, !credentials.name.bytes.contains(0), !password.bytes.contains(0)
        else { return nil }
        var members: [(key: String, value: JSON)] = [
            ("version", .number(version)), ("operation", .string("authenticate")),
            ("name", .string(credentials.name.string)), ("password", .string(password.string)),
        ]
        if case .known(let address) = credentials.client { members.append(("client", .string(address.description))) }
        return document(members)
    }

    /// Who somebody is now that signed in before.
    static func identity(_ id: UTF8Text) -> [UInt8] {
        document([("version", .number(version)), ("operation", .string("identity")), ("id", .string(id.string))])
    }

    private static func document(_ members: [(key: String, value: JSON)]) -> [UInt8] {
        JSON.object(members).octets + [0x0A]
    }
}
