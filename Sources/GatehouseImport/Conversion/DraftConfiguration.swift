internal import GatehouseCore

/// A configuration that is about to be written, with what could not be carried over.
struct DraftConfiguration {
    struct Table {
        /// Like `[portal]`.
        let header: String
        /// What stands above it.
        var words: [String] = []
        /// Keys with values as TOML, each with what stands behind it.
        private(set) var lines: [(key: String, value: String, words: String?)] = []

        init(_ header: String, words: [String] = []) {
            self.header = header
            self.words = words
        }

        mutating func set(_ key: String, _ value: String, _ words: String? = nil) { lines.append((key, value, words)) }
        mutating func set(_ key: String, text: String?, _ words: String? = nil) {
            if let text { set(key, DraftConfiguration.quoted(text), words) }
        }
        /// Where the keys are, as in every new configuration.
        static var keys: Table {
            var keys = Table("[keys]")
            keys.set("lookup", text: "file:keys/lookup")
            keys.set("seal", text: "file:keys/seal")
            return keys
        }

        mutating func set(_ key: String, texts: [String], _ words: String? = nil) {
            set(key, DraftConfiguration.list(texts), words)
        }

        /// A list of texts, and of lists where several belong together.
        mutating func set(_ key: String, alternatives: [[String]]) {
            let elements = alternatives.map { texts in
                texts.count == 1 ? DraftConfiguration.quoted(texts[0]) : DraftConfiguration.list(texts)
            }
            set(key, "[\(elements.joined(separator: ", "))]")
        }
    }

    /// The product that it comes from.
    let origin: String
    /// What could not be carried over, and why; a sentence each.
    var lost: [String] = []
    /// What is left to do; a command stands on a line of its own at the end.
    var steps: [String] = []
    var tables: [Table] = []

    init(origin: String) { self.origin = origin }

    /// A text as TOML.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The name of a setting as a comment shows it.
    static func name(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "._-".utf8.contains($0) }
        return isPlain && text.utf8.count <= 60 ? text : Shown.text(text)
    }

    static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

    /// The file.
    var text: String {
        var out = [
            "# Made by `gatehouse convert` from \(origin). Read it before you use it; `gatehouse check` tells what is wrong.",
            "#",
        ]
        for (title, sentences) in [("Not carried over:", lost), ("Left to do:", DraftConfiguration.keySteps + steps)]
        where !sentences.isEmpty {
            out.append("# \(title)")
            for sentence in sentences { out += DraftConfiguration.wrapped(sentence, first: "# - ", next: "#   ") }
            out.append("#")
        }
        out[out.count - 1] = ""
        for table in tables {
            let indent = table.header.utf8.starts(with: "[[application.".utf8) ? "  " : ""
            for words in table.words {
                out += DraftConfiguration.wrapped(words, first: "\(indent)# ", next: "\(indent)# ")
            }
            out.append(indent + table.header)
            for line in table.lines {
                out.append("\(indent)\(line.key) = \(line.value)\(line.words.map { "   # \($0)" } ?? "")")
            }
            out.append("")
        }
        return out.joined(separator: "\n")
    }

    private static let keySteps = [
        "Make the keys:\nmkdir -m 700 keys; (umask 077; openssl rand -hex 32 > keys/lookup; printf '1:%s\\n' \"$(openssl rand 32 "
            + "| basenc --base64url | tr -d '=\\n')\" > keys/seal)",
        "Make the tables and the first administrator:\ngatehouse migrate; gatehouse user add NAME --superuser --staff",
    ]

    /// A sentence over several lines of a comment, cut at blanks; what stands behind a line break is a command, and stays on one.
    private static func wrapped(_ text: String, first: String, next: String) -> [String] {
        let parts = text.split(separator: "\n", maxSplits: 1)
        var lines = [first]
        for word in (parts.first ?? "").split(separator: " ") {
            let last = lines[lines.count - 1]
            let isFresh = last.utf8.last == UInt8(ascii: " ")
            if last.utf8.count + word.utf8.count >= 126, !isFresh {
                lines.append(next + word)
            } else {
                lines[lines.count - 1] += (isFresh ? "" : " ") + word
            }
        }
        return lines + parts.dropFirst().map { "\(next)    \($0)" }
    }
}
