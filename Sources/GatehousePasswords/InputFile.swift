private import GatehouseCore
internal import GatehouseSystem

/// A file that is read line by line, as often as needed, in little memory.
struct InputFile: ~Copyable {
    let path: String
    /// In octets.
    let count: Int
    private let file: OpenFile

    /// The longest line; a longer one is neither a hash nor a password.
    static let maxLine = 8_192
    private static let chunkLength = 1 << 20

    /// Opens a regular file: it may have to be read twice.
    init(_ path: String) throws(PasswordsError) {
        let file = try InputFile.open(path)
        guard let status = try? file.status(), status.isRegular else {
            throw .file(path: path, reason: "is not a regular file")
        }
        self.path = path
        self.count = status.size
        self.file = file
    }

    private static func open(_ path: String) throws(PasswordsError) -> OpenFile {
        do { return try OpenFile(path) } catch { throw .file(path: path, reason: "cannot be opened: \(error)") }
    }

    /// Calls `body` for every line from the beginning, without its end (LF or CR LF), with its number from 1.
    ///
    /// `progress` is told after every MiB how many octets are done.
    func forEachLine(
        _ body: (Span<UInt8>, Int) throws(PasswordsError) -> Void, progress: (Int) -> Void
    ) throws(PasswordsError) {
        var number = 0
        var rest: [UInt8] = []
        try forEachChunk { (chunk: Span<UInt8>, done: Int) throws(PasswordsError) in
            var start = 0
            while let end = chunk.firstIndex(of: 0x0A, from: start) {
                number += 1
                let line = chunk.extracting(start..<end)
                if rest.isEmpty {
                    try body(line.extracting(0..<InputFile.length(line)), number)
                } else {
                    rest += line.array
                    try body(rest.span.extracting(0..<InputFile.length(rest.span)), number)
                    rest.removeAll(keepingCapacity: true)
                }
                start = end + 1
            }
            rest += chunk.extracting(start..<chunk.count).array
            guard rest.count <= InputFile.maxLine else {
                throw .line(path: path, number: number + 1, reason: "has more than \(InputFile.maxLine) octets")
            }
            progress(done)
        }
        guard !rest.isEmpty else { return }
        try body(rest.span.extracting(0..<InputFile.length(rest.span)), number + 1)
    }

    /// How many lines there are; an unfinished last one counts.
    func lineCount(progress: (Int) -> Void) throws(PasswordsError) -> Int {
        var lines = 0
        var isOpen = false
        try forEachChunk { (chunk: Span<UInt8>, done: Int) throws(PasswordsError) in
            for index in chunk.indices where chunk[index] == 0x0A { lines += 1 }
            isOpen = chunk[chunk.count - 1] != 0x0A
            progress(done)
        }
        return lines + (isOpen ? 1 : 0)
    }

    /// How long a line is without a carriage return at its end.
    private static func length(_ line: Span<UInt8>) -> Int {
        line.isEmpty || line[line.count - 1] != 0x0D ? line.count : line.count - 1
    }

    /// Reads the file from its beginning; no chunk is empty.
    private func forEachChunk(
        _ body: (Span<UInt8>, Int) throws(PasswordsError) -> Void
    ) throws(PasswordsError) {
        do { try file.rewind() } catch { throw .file(path: path, reason: "\(error)") }
        var chunk = [UInt8](repeating: 0, count: InputFile.chunkLength)
        var done = 0
        while true {
            let count: Int
            do { count = try file.read(into: &chunk) } catch {
                throw .file(path: path, reason: "cannot be read: \(error)")
            }
            guard count > 0 else { return }
            done += count
            try body(chunk.span.extracting(0..<count), done)
        }
    }
}
