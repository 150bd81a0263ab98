internal import GatehouseCore

/// What a mail server said, for the log: cut, on one line, and without anything secret that it may have repeated.
package enum ServerWords {
    /// The most characters that are shown.
    private static let limit = 300
    /// From so many letters and digits on, a part of a mail's text can be the secret of a link.
    private static let secretLength = 16
    /// What a line break of the encoding cuts off is hidden from so many octets on.
    private static let pieceLength = 6

    /// - Parameters:
    ///   - words: what was said.
    ///   - text: the mail's, if there was one; it may be repeated as it reads or as it travels.
    ///   - username: what the server was told.
    ///   - password: the same.
    /// - Returns: the words as a log or a terminal may have them.
    package static func shown(
        _ words: String, hiding text: String = "", username: String?, password: String?
    ) -> String {
        var hidden: [[UInt8]] = []
        if let password, !password.isEmpty {
            let plain = Array(password.utf8)
            let name = Array((username ?? "").utf8)
            hidden = [plain, base64(plain), base64([0] + name + [0] + plain)]
        }
        var octets = Array(words.utf8)
        for secret in hidden { octets = without(secret, octets) }
        octets = withoutRuns(of: Array(text.utf8), octets)
        return SafeText.words(String(decoding: octets, as: UTF8.self), limit: .characters(limit))
    }

    private static let ellipsis = Array("…".utf8)

    private static func without(_ secret: [UInt8], _ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = octets[...]
        while !rest.isEmpty {
            if rest.starts(with: secret) {
                result += ellipsis
                rest = rest.dropFirst(secret.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    /// Leaves out what is long, made of letters and digits, and a part of the mail; and what is left of such a part when the
    /// encoding breaks its line there.
    private static func withoutRuns(of text: [UInt8], _ octets: [UInt8]) -> [UInt8] {
        let secrets = text.split(whereSeparator: { !isInRun($0) }).filter { $0.count >= secretLength }
        var result: [UInt8] = []
        for (index, run) in octets.split(omittingEmptySubsequences: false, whereSeparator: { !isInRun($0) })
            .enumerated()
        {
            if index > 0, run.startIndex > 0 { result.append(octets[run.startIndex - 1]) }
            // `=3D` is an equals sign, as quoted-printable has it.
            let isEscaped = run.startIndex > 0 && octets[run.startIndex - 1] == UInt8(ascii: "=")
            let pieces = isEscaped ? [run, run.dropFirst(2)] : [run]
            result += pieces.contains { isSecret($0, text, secrets) } ? ellipsis[...] : run
        }
        return result
    }

    private static func isInRun(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_")
    }

    private static func isSecret(_ piece: ArraySlice<UInt8>, _ text: [UInt8], _ secrets: [ArraySlice<UInt8>]) -> Bool {
        if piece.count >= secretLength { return contains(text, Array(piece)) }
        return piece.count >= pieceLength
            && secrets.contains { $0.starts(with: piece) || $0.suffix(piece.count).elementsEqual(piece) }
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }

    private static func base64(_ octets: [UInt8]) -> [UInt8] {
        // Without the padding: what is left of it tells nothing.
        Base64URL.encode(octets).map { octet in
            octet == UInt8(ascii: "-") ? UInt8(ascii: "+") : octet == UInt8(ascii: "_") ? UInt8(ascii: "/") : octet
        }
    }
}
