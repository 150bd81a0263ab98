internal import GatehouseCore

/// Cuts a text into lines without holding more than one of them.
struct LineReader {
    /// A line without its end.
    struct Line {
        /// Counted from 1.
        let number: Int
        let bytes: [UInt8]
        /// Whether the line was longer than the limit; then only its beginning is here.
        let isTooLong: Bool
    }

    private var text: TextBytes
    private let limit: Int
    private var chunk: [UInt8] = []
    private var position = 0
    private var number = 0

    /// Takes the most octets of a line as `limit`.
    init(_ source: any ByteSource, limit: Int) {
        text = TextBytes(source)
        self.limit = limit
    }

    /// The next line; `nil` at the end.
    ///
    /// Lines end with LF or CRLF, the last one may lack its end.
    mutating func next() throws(ImportError) -> Line? {
        var bytes: [UInt8] = []
        var isTooLong = false
        var hasBegun = false
        while true {
            if position == chunk.count {
                chunk = try text.chunk()
                position = 0
                guard !chunk.isEmpty else { break }
            }
            hasBegun = true
            let end = chunk.span.firstIndex(of: 0x0A, from: position)
            let piece = chunk[position..<(end ?? chunk.count)]
            // One octet more than the limit may still be the CR of the line's end.
            let room = limit + 1 - bytes.count
            if piece.count > room { isTooLong = true }
            bytes += piece.prefix(max(0, room))
            position = end.map { $0 + 1 } ?? chunk.count
            if end != nil { break }
        }
        guard hasBegun else { return nil }
        number += 1
        if bytes.last == 0x0D, !isTooLong { bytes.removeLast() }
        return Line(number: number, bytes: bytes, isTooLong: isTooLong || bytes.count > limit)
    }
}
