internal import GatehouseCore

/// A regular expression for paths, in the few forms that people write, as patterns of Gatehouse's.
struct RouteExpression {
    /// What a product compares its expressions with.
    enum Subject {
        case path
        /// The path, with the query behind it if there is one.
        case pathAndQuery
    }

    /// The patterns, which match what the expression does, and with any query.
    let paths: [String]
    /// Those of them that the expression matches only where no query follows.
    let pathsWithoutQuery: [String]
    /// Whether the expression matches other requests, too, like `/public2` beside `/public`.
    let isNarrower: Bool

    private static let most = 16

    /// What an expression without alternatives comes to.
    private struct Part {
        /// Matched with any query.
        var paths: [String] = []
        /// Matched without one only, if it is compared with path and query.
        var bare: [String] = []
        var isNarrower = false
        /// Whether it matches a path outside `paths` by the query alone.
        var takesQueryForPath = false
    }

    /// `nil` for what has no equal.
    init?(_ text: String, comparedWith subject: Subject) {
        var (whole, bare): ([String], [String]) = ([], [])
        var isNarrower = false
        guard let texts = RouteExpression.alternatives(Array(text.utf8)) else { return nil }
        for text in texts {
            guard let part = RouteExpression.one(text) else { return nil }
            whole += part.paths.filter { !whole.contains($0) }
            bare += part.bare.filter { !bare.contains($0) }
            isNarrower = isNarrower || part.isNarrower || subject == .pathAndQuery && part.takesQueryForPath
        }
        bare.removeAll { whole.contains($0) }
        let paths = bare + whole
        for path in paths where (try? PathPattern(path)) == nil { return nil }
        self.paths = paths
        pathsWithoutQuery = subject == .pathAndQuery ? bare : []
        self.isNarrower = isNarrower
    }

    /// The expression once for each word of a group like `(a|b)`.
    private static func alternatives(_ text: [UInt8]) -> [[UInt8]]? {
        var texts = [text]
        var index = 0
        while index < texts.count {
            let text = texts[index]
            guard let (open, close, words) = group(text) else {
                index += 1
                continue
            }
            texts.remove(at: index)
            for word in words { texts.append(Array(text[..<open]) + word + Array(text[(close + 1)...])) }
            guard texts.count <= most else { return nil }
        }
        return texts
    }

    /// The first group of literal words that is there exactly once.
    private static func group(_ text: [UInt8]) -> (open: Int, close: Int, words: [[UInt8]])? {
        for open in text.indices where text[open] == UInt8(ascii: "(") {
            guard let close = text[open...].firstIndex(of: UInt8(ascii: ")")) else { return nil }
            var inner = text[(open + 1)..<close]
            if inner.starts(with: "?:".utf8) { inner = inner.dropFirst(2) }
            let isLiteral = inner.allSatisfy { ASCII.isAlphanumeric($0) || "-_~/|\\.".utf8.contains($0) }
            let isRepeated = close + 1 < text.count && "?*+{".utf8.contains(text[close + 1])
            let words = inner.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false).map { Array($0) }
            if isLiteral, !isRepeated, words.count > 1,
                !inner.contains(UInt8(ascii: ".")) || inner.contains(UInt8(ascii: "\\"))
            {
                return (open, close, words)
            }
        }
        return nil
    }

    /// An expression without alternatives: literal octets from the beginning, and an end in one of a few forms.
    private static func one(_ text: [UInt8]) -> Part? {
        guard text.first == UInt8(ascii: "^"), text.count > 1, text[1] == UInt8(ascii: "/") else { return nil }
        var literal: [UInt8] = []
        var index = 1
        while index < text.count {
            let octet = text[index]
            let isFollowed = index + 1 < text.count && "?*+{".utf8.contains(text[index + 1])
            if ASCII.isAlphanumeric(octet) || "-_~/@:,".utf8.contains(octet), !isFollowed {
                literal.append(octet)
                index += 1
            } else if octet == UInt8(ascii: "\\"), index + 1 < text.count, ".-_/~".utf8.contains(text[index + 1]) {
                literal.append(text[index + 1])
                index += 2
            } else {
                break
            }
        }
        return ending(String(decoding: literal, as: UTF8.self), String(decoding: text[index...], as: UTF8.self))
    }

    private static func ending(_ literal: String, _ end: String) -> Part? {
        let isFolder = literal.hasSuffix("/")
        let base = isFolder ? String(literal.dropLast()) : literal
        let below = ["\(base)/", "\(base)/*/**"]
        switch end {
        case "$": return Part(bare: [literal])
        case "", ".*", ".*$", "(.*)", "(.*)$":
            if literal == "/" { return Part(paths: ["/**"]) }
            // Without a slash it goes on within the segment.
            return isFolder ? Part(paths: below) : Part(paths: ["\(base)/**"], isNarrower: true)
        // "/x/.+" is "/x/?y", too.
        case ".+", ".+$", "(.+)$": return isFolder ? Part(paths: ["\(base)/*/**"], takesQueryForPath: true) : nil
        case "/?$": return isFolder ? nil : Part(bare: [base, "\(base)/"])
        case "([/?].*)?$": return isFolder ? nil : Part(paths: ["\(base)/**"])
        case "(/.*)?$", "(?:/.*)?$", "(/|$)", "(?:/|$)": return isFolder ? nil : Part(paths: below, bare: [base])
        case "([/?].*)?", "(/.*)?":
            // Without "$" the form says the same as the literal alone.
            return isFolder ? nil : Part(paths: ["\(base)/**"], isNarrower: true)
        case "?([/?].*)?$" where isFolder: return Part(paths: ["\(base)/**"])
        default: return nil
        }
    }
}
