internal import GatehouseCore

/// The people of an htpasswd file, `name:hash` in each line.
///
/// Empty lines and lines that begin with `#` are passed over, and so is a comment behind a second colon, as nginx does it;
/// unless it is a secret of one-time passwords, which tinyauth has there.
package struct HtpasswdSource: PeopleSource {
    private var lines: LineReader
    package let notes: [String] = []

    /// The most octets of a line: no hash that can be checked comes near.
    static let maxLineLength = 4_096

    package init(_ bytes: any ByteSource) { lines = LineReader(bytes, limit: HtpasswdSource.maxLineLength) }

    package mutating func next() throws(ImportError) -> ImportRecord? {
        while let line = try lines.next() {
            let content = line.bytes.drop { $0 == 0x20 || $0 == 0x09 }
            if !line.isTooLong, content.isEmpty || content.first == UInt8(ascii: "#") { continue }
            do {
                return .person(try HtpasswdSource.person(line))
            } catch {
                return .problem(ImportProblem(line: line.number, reason: error.reason))
            }
        }
        return nil
    }

    private static func person(_ line: LineReader.Line) throws(BadLine) -> ImportedPerson {
        guard !line.isTooLong else { throw BadLine("longer than \(maxLineLength) octets") }
        let fields = line.bytes.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count >= 2 else { throw BadLine("has no colon; expected name:hash") }
        let hash = fields[1].reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
        guard !hash.isEmpty else { throw BadLine("has no hash behind the colon") }
        let last = fields.count == 3 ? Array(fields[2].reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()) : []
        let secret = last.map { ASCII.isLower($0) ? $0 - 0x20 : $0 }
        let factor = PendingFactor(base32: String(decoding: secret, as: UTF8.self))
        return ImportedPerson(
            line: line.number, name: UserName(try TextCheck.text(Array(fields[0]), "the name")),
            encodedPassword: ImportedHash.stored(try TextCheck.text(Array(hash), "the hash")),
            factors: factor.map { [$0] } ?? [], unusableFactors: factor == nil && seemsSecret(last) ? 1 : 0)
    }

    /// Whether the last field was meant for a secret, and for no comment: one word of letters and digits, and not of letters
    /// alone.
    private static func seemsSecret(_ field: [UInt8]) -> Bool {
        field.count >= 8 && field.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "=") }
            && field.contains(where: ASCII.isDigit)
    }
}
