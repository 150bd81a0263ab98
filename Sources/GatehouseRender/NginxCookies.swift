internal import GatehouseCore

/// The maps that take Gatehouse's own cookies out of what an application gets.
///
/// A map replaces once, so there is a chain of them; each takes out a run of neighbours. What is still there after the last one
/// takes the whole header with it: the application gets no cookie rather than a session's.
struct NginxCookies {
    let names: [String]
    /// More runs than browsers make of these few cookies, which they send one after the other.
    private static let steps = 4

    var maps: String {
        var lines = [
            "# The application gets every cookie but Gatehouse's own. The last map drops them all if one of ours is left."
        ]
        var source = "\"; $http_cookie\""
        for step in 1...NginxCookies.steps {
            lines += [
                "map \(source) $gatehouse_cookies_\(step) {",
                "    default \(source);",
                "    \"~^(?<gatehouse_a>(;(?!\(own))[^;]*+)*+)(;\(own)[^;]*+)++(?<gatehouse_z>.*)$\" $gatehouse_a$gatehouse_z;",
                "}",
            ]
            source = "$gatehouse_cookies_\(step)"
        }
        lines += [
            "map \(source) $gatehouse_cookies {",
            "    default '';",
            "    \"~;\(own)\" '';",
            "    \"~^; (?<gatehouse_a>.+)$\" $gatehouse_a;",
            "}",
        ]
        return lines.joined(separator: "\n")
    }

    /// The beginning of one of our cookies, behind the semicolon.
    private var own: String {
        let prefix = names.dropFirst().reduce(names.first ?? "") { $0.commonPrefix(with: $1) }
        let rests = names.map { NginxCookies.pattern(String($0.dropFirst(prefix.count))) }
        return "\\s*\(NginxCookies.pattern(prefix))(\(rests.joined(separator: "|")))\\s*="
    }

    /// A name as a regular expression that nginx reads within quotes.
    private static func pattern(_ name: String) -> String {
        var text = ""
        for octet in name.utf8 {
            if ASCII.isAlphanumeric(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_") {
                text.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                text += "\\x" + Hexadecimal.text([octet])
            }
        }
        return text
    }
}

extension String {
    /// The octets that both begin with.
    fileprivate func commonPrefix(with other: String) -> String {
        String(decoding: zip(utf8, other.utf8).prefix { $0 == $1 }.map(\.0), as: UTF8.self)
    }
}
