internal import GatehouseCore
internal import GatehouseCrypto

/// A generated file whose first line tells whether somebody changed it since.
struct RenderedFile {
    let name: String
    let text: String
    /// Whether it is the operator's once it is there.
    var isWrittenOnce = false

    /// What became of it.
    enum Outcome {
        case written
        case unchanged
        /// It is there already and belongs to the operator.
        case kept
        /// It was changed by hand; what was there lies under another name now.
        case replaced(copy: String)
    }

    private static let mark = "# gatehouse render: changes are lost at the next one (a copy is kept). SHA-256 "
    private static let limit = 1 << 20

    /// Writes it into a folder; what an operator changed there is kept under another name.
    func write(into directory: String) throws(Failure) -> Outcome {
        let path = "\(directory)/\(name)"
        let whole = isWrittenOnce ? text : try RenderedFile.marked(text)
        guard Files.exists(path) else {
            try Files.create(path, whole, mode: 0o644)
            return .written
        }
        if isWrittenOnce { return .kept }
        guard let octets = Files.read(path, limit: RenderedFile.limit) else {
            throw .usage("\(path): cannot be read: \(Files.reason())")
        }
        let found = String(decoding: octets, as: UTF8.self)
        if found.utf8.elementsEqual(whole.utf8) { return .unchanged }
        guard try RenderedFile.isUntouched(found) else {
            // No `.conf` at the end: nginx is often told to include all of those.
            let time = CalendarTime(WallClock.now())
            let copy = "\(name).before-\(time.date)T\(time.time)Z"
            try Files.replace("\(directory)/\(copy)", found, mode: 0o644)
            try Files.replace(path, whole, mode: 0o644)
            return .replaced(copy: copy)
        }
        try Files.replace(path, whole, mode: 0o644)
        return .written
    }

    private static func marked(_ text: String) throws(Failure) -> String { "\(mark)\(try digest(text))\n\(text)" }

    /// Whether a file is as it was written, by whatever version.
    private static func isUntouched(_ whole: String) throws(Failure) -> Bool {
        guard whole.hasPrefix(mark), let end = whole.firstIndex(of: "\n") else { return false }
        let digest = whole[..<end].dropFirst(mark.count)
        return try digest.utf8.elementsEqual(RenderedFile.digest(String(whole[whole.index(after: end)...])).utf8)
    }

    private static func digest(_ text: String) throws(Failure) -> String {
        do {
            return Hexadecimal.text(try Digest.sha256(Array(text.utf8)))
        } catch {
            throw .unknown("no digest could be made: \(error)")
        }
    }
}
