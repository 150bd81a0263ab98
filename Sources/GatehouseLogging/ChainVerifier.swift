private import GatehouseCore
package import GatehouseCrypto
private import Glibc

/// Reads the files of a chain, the oldest first, and finds where they are not what was written.
///
/// A key's holder can make any line. Without it no line can be altered, put in, moved or taken out of the middle unseen; lines
/// that were cut off at the end, or whole files at the beginning, are missed only by whoever knows the last, or the first, number.
package struct ChainVerifier {
    /// A place where the chain is broken.
    package struct Break: Equatable, Sendable, CustomStringConvertible {
        package let file: String
        /// The first is 1.
        package let line: Int
        package let what: What

        package init(file: String, line: Int, what: What) {
            self.file = file
            self.line = line
            self.what = what
        }

        package enum What: Equatable, Sendable {
            /// Not a line of a chain.
            case foreign
            /// A beginning of a line.
            case cutOff
            /// Not the line that the tag was made of.
            case altered
            /// Lines between this one and the one before it are gone.
            case missing(after: Int, before: Int)
            /// Its number is not the next one.
            case outOfOrder(number: Int, after: Int)
            /// It followed another line than the one that stands before it.
            case otherPast(number: Int)
            /// Lines that are not of the chain stand where its beginning was.
            case noBeginning(number: Int)
        }

        package var description: String {
            let text =
                switch what {
                case .foreign: "is not of the chain: it was put in, or log.audit_chain was off"
                case .cutOff: "has no end: it was cut off, or the machine stopped while it was written"
                case .altered: "is not what was written, or was written under another key"
                case .missing(let last, let next) where last + 2 == next: "line number \(last + 1) is missing before it"
                case .missing(let last, let next): "lines number \(last + 1) to \(next - 1) are missing before it"
                case .outOfOrder(let number, let last):
                    "has number \(number), and the one before it \(last): lines were moved or repeated, or a chain began anew"
                case .otherPast(let number): "has number \(number), but followed another line than the one before it"
                case .noBeginning(let number):
                    "has number \(number), and the lines before it are not of the chain: its beginning is missing"
                }
            return "\(file): line \(line): \(text)"
        }
    }

    /// Those that were found, at most 100.
    package private(set) var breaks: [Break] = []
    /// Whether there were more.
    package private(set) var hasMore = false
    /// The first and the last line of the chain; `nil` if there was none.
    package private(set) var first: ChainLink?
    package private(set) var last: ChainLink?
    /// How many lines are of the chain.
    package private(set) var count = 0
    /// How many lines stand before it began, which nothing vouches for.
    package private(set) var uncovered = 0
    private let key: TagKey
    private var file = ""
    private var line = 0

    package init(_ key: TagKey) { self.key = key }

    /// Reads one more file.
    ///
    /// - Throws: `LineFile.Fault` if that cannot be done.
    package mutating func read(_ path: String) throws(LineFile.Fault) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw LineFile.Fault(errno) }
        defer { close(descriptor) }
        file = path
        line = 0
        var waiting: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LineFile.Fault(errno) }
            guard count > 0 else { break }
            var rest = piece[..<count]
            while let end = rest.firstIndex(of: 0x0A) {
                try take((waiting + rest[..<end])[...])
                waiting = []
                rest = rest[(end + 1)...]
            }
            // No line of ours is as long; what comes is not kept, but still one line.
            if waiting.count < 1 << 20 { waiting += rest }
        }
        if !waiting.isEmpty {
            line += 1
            note(.cutOff)
        }
    }

    private mutating func take(_ octets: ArraySlice<UInt8>) throws(LineFile.Fault) {
        line += 1
        guard let chained = ChainedLine(octets) else {
            if last == nil { uncovered += 1 } else { note(.foreign) }
            return
        }
        count += 1
        let (link, before) = (chained.link, last)
        if first == nil { first = link }
        last = link
        do throws(CryptoError) {
            guard try chained.isVouchedFor(by: key) else { return note(.altered) }
        } catch {
            throw LineFile.Fault("\(error)")
        }
        guard let before else {
            if uncovered > 0, link.number != 1 { note(.noBeginning(number: link.number)) }
            return
        }
        if link.number > before.number + 1 {
            note(.missing(after: before.number, before: link.number))
        } else if link.number <= before.number {
            note(.outOfOrder(number: link.number, after: before.number))
        } else if chained.previous != before.tag {
            note(.otherPast(number: link.number))
        }
    }

    private mutating func note(_ what: Break.What) {
        guard breaks.count < 100 else {
            hasMore = true
            return
        }
        breaks.append(Break(file: file, line: line, what: what))
    }
}
