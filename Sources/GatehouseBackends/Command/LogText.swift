internal import GatehouseCore

/// Octets from outside as a log line may hold them.
enum LogText {
    /// Printable ASCII as it is, everything else as `\xNN`; what is longer than `limit` octets ends in a mark that
    /// says so.
    static func escaped(_ octets: some Collection<UInt8>, limit: Int) -> String {
        var text = ""
        for octet in octets.prefix(limit) {
            if octet >= 0x20, octet < 0x7F, octet != UInt8(ascii: "\\") {
                text.unicodeScalars.append(UnicodeScalar(octet))
            } else {
                text += "\\x" + Hexadecimal.text([octet])
            }
        }
        return octets.count > limit ? text + " [\(octets.count - limit) more octets]" : text
    }

    /// The same in quotes, of at most 100 octets.
    static func quoted(_ octets: some Collection<UInt8>) -> String { "\"\(escaped(octets, limit: 100))\"" }
}
