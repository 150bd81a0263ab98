internal import GatehouseCore

/// How to write a host that was written in a form which browsers do not send.
package enum HostAdvice {
    /// What to add to the message about a host that is none, with or without a port and `*.` in front; may be empty.
    package static func about(host text: String) -> String {
        if let plain = withoutAddress(text) { return "; write \(Shown.text(plain)), without scheme and path" }
        switch form(text) {
        case .address: return "; \(noAddress)"
        case .label(let label?): return "; write \(Shown.text(label)), which is what browsers send"
        case .label(nil): return "; \(wantsLabels)"
        case nil: return ""
        }
    }

    /// The same about a whole address or an origin, like `https://bücher.example/x`.
    package static func about(url text: String) -> String {
        guard let (scheme, host, rest) = parts(text) else { return "" }
        switch form(host) {
        case .address: return "; \(noAddress)"
        case .label(let label?): return "; write \(Shown.text(scheme + label + rest)), which is what browsers send"
        case .label(nil): return "; \(wantsLabels)"
        case nil: return ""
        }
    }

    private static let noAddress =
        "an IPv6 address cannot be a host here: write a name for it, like \"localhost\" for [::1]"
    private static let wantsLabels = "write what browsers send for it, the name in A-labels (xn--…)"

    private enum Form {
        case address
        /// In A-labels; `nil` if that takes more than the encoding.
        case label(String?)
    }

    private static func form(_ text: String) -> Form? {
        if isIPv6(text) { return .address }
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
        return .label(labels(text))
    }

    /// `::1`, `[::1]` or `[::1]:8443`.
    private static func isIPv6(_ text: String) -> Bool {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.lastIndex(of: UInt8(ascii: "]")) else { return false }
            bytes = Array(bytes[1..<close])
        }
        return bytes.contains(UInt8(ascii: ":")) && IPAddress(parsing: bytes.span) != nil
    }

    /// The labels of a host in lower case and encoded, if that is all that is to be done to them.
    private static func labels(_ text: String) -> String? {
        var labels: [String] = []
        // Ideographic full stops are dots to browsers as well (UTS 46, section 2.3).
        for label in text.lowercased().unicodeScalars.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == "\u{3002}" })
        {
            let isReady = label.allSatisfy { scalar in
                // Both stay as they are in names of today (UTS 46, section 7).
                scalar == "ß" || scalar == "ς"
                    || !scalar.properties.changesWhenNFKCCaseFolded
                        && scalar.properties.canonicalCombiningClass == .notReordered
            }
            guard isReady, let encoded = Punycode.label(String(String.UnicodeScalarView(label))) else { return nil }
            labels.append(encoded)
        }
        let whole = labels.joined(separator: ".")
        return ApplicationHost(whole) == nil ? nil : whole
    }

    /// The host of what is a whole address.
    private static func withoutAddress(_ text: String) -> String? {
        guard let (_, host, _) = parts(text), ApplicationHost(host) != nil else { return nil }
        return host
    }

    /// Scheme with `://`, host and port, and the rest.
    private static func parts(_ text: String) -> (scheme: String, host: String, rest: String)? {
        let bytes = Array(text.utf8)
        guard let (_, start) = Origin.splitScheme(bytes.span) else { return nil }
        let end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.count
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return (part(0..<start), part(start..<end), part(end..<bytes.count))
    }
}
