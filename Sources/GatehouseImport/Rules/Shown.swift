internal import GatehouseCore

/// Text of the file as messages show it.
enum Shown {
    /// The most octets of a text that are shown.
    private static let limit = 60

    static func text(_ text: String) -> String { Shown.text(Array(text.utf8)) }

    /// In quotes, cut, and with nothing in it that could move a cursor or pass for something else.
    static func text(_ bytes: [UInt8]) -> String {
        // A character that begins within the limit is whole within three octets more.
        SafeText.quoted(String(decoding: bytes.prefix(limit + 4), as: UTF8.self), limit: .octets(limit))
    }
}
