internal import GatehouseCore

/// Text in the headers of a mail: quoted where that is enough, else in encoded words (RFC 2047).
enum MailHeader {
    /// The longest text that is written as it is, so that no line becomes too long with what stands around it.
    private static let plainLimit = 60
    /// RFC 5322, section 2.1.1.
    private static let lineLimit = 78

    /// An address with a name in front of it (RFC 5322, section 3.4), whatever the name holds.
    ///
    /// `label` is what stands before it in its line.
    static func mailbox(_ name: String, _ address: String, behind label: String) -> String {
        let clean = visible(name)
        guard !clean.isEmpty else { return address }
        let isPlain = clean.utf8.allSatisfy { $0 < 0x7F } && clean.utf8.count <= plainLimit && !seemsEncoded(clean)
        let phrase = isPlain ? quoted(clean) : encodedWords(clean)
        let line = phrase.utf8.reversed().prefix { $0 != 0x0A }.count
        let before = phrase.utf8.contains(0x0A) ? 0 : label.utf8.count
        let fits = before + line + address.utf8.count + 3 <= lineLimit
        return "\(phrase)\(fits ? " " : "\r\n ")<\(address)>"
    }

    /// Text of a header that may hold anything, like a subject.
    static func text(_ text: String) -> String {
        let clean = visible(text)
        let isPlain = clean.utf8.allSatisfy { $0 < 0x80 } && clean.utf8.count <= plainLimit && !seemsEncoded(clean)
        return isPlain ? clean : encodedWords(clean)
    }

    /// A quoted string (RFC 5322, section 3.2.4).
    private static func quoted(_ text: String) -> String {
        let octets = text.utf8.flatMap { octet -> [UInt8] in
            octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") ? [UInt8(ascii: "\\"), octet] : [octet]
        }
        return "\"\(String(decoding: octets, as: UTF8.self))\""
    }

    /// Without control characters: nothing begins a line of its own.
    private static func visible(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }))
    }

    /// Whether a reader might take a part of it for an encoded word.
    private static func seemsEncoded(_ text: String) -> Bool {
        zip(text.utf8, text.utf8.dropFirst()).contains { $0 == UInt8(ascii: "=") && $1 == UInt8(ascii: "?") }
    }

    /// RFC 2047: each word holds whole characters of at most 42 octets, so that no line becomes too long.
    private static func encodedWords(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let octets = Array(String(scalar).utf8)
            if (words.last?.count ?? 0) + octets.count > 42 { words.append([]) }
            words[words.count - 1] += octets
        }
        return words.map { "=?utf-8?B?\(Base64URL.plain($0))?=" }.joined(separator: "\r\n ")
    }
}
