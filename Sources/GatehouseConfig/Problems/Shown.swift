internal import GatehouseCore

/// Values as a message shows them: quoted, cut, on one line.
enum Shown {
    static let maxLength = 120

    static func text(_ text: String) -> String { SafeText.quoted(text, limit: .characters(maxLength)) }

    /// A list of what is allowed: `"json" or "text"`.
    static func choices(_ texts: [String]) -> String { texts.map { "\"\($0)\"" }.joined(separator: " or ") }

    /// A key of the file as it may stand in a message: what is no bare key is quoted.
    static func key(_ key: UTF8Text) -> String {
        let isBare = key.bytes.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
        return isBare && !key.isEmpty && key.bytes.count <= maxLength ? key.string : text(key.string)
    }
}
