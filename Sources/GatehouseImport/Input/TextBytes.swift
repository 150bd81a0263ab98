/// The octets of a text file, without a byte order mark.
struct TextBytes {
    private var source: any ByteSource
    private var hasBegun = false

    init(_ source: any ByteSource) { self.source = source }

    /// The next piece; an empty one is the end.
    ///
    /// - Throws: `ImportError.malformed` for UTF-16, which spreadsheets like to write.
    mutating func chunk() throws(ImportError) -> [UInt8] {
        if hasBegun { return try source.chunk() }
        hasBegun = true
        var first: [UInt8] = []
        while first.count < 3 {
            let piece = try source.chunk()
            guard !piece.isEmpty else { break }
            first += piece
        }
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) {
            throw .malformed(line: 1, reason: "the file is UTF-16; save it as UTF-8")
        }
        guard first.starts(with: [0xEF, 0xBB, 0xBF]) else { return first }
        // An empty piece would be taken for the end.
        return first.count > 3 ? Array(first[3...]) : try source.chunk()
    }

    /// Everything at once; `nil` beyond `limit`.
    mutating func all(limit: Int) throws(ImportError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let piece = try chunk()
            guard !piece.isEmpty else { return bytes }
            bytes += piece
        }
        return nil
    }
}

/// A text from outside that is looked at piece by piece.
enum TextCheck {
    /// The text of octets, or why they are none.
    static func text(_ bytes: [UInt8], _ what: String) throws(BadLine) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw BadLine("\(what) is not UTF-8") }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw BadLine("\(what) holds a control character\(bytes.contains(0) ? " (NUL)" : "")")
        }
        return text
    }
}

/// Why the line that is being read is bad.
struct BadLine: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
