private import GatehouseCore
internal import GatehouseCrypto
private import Glibc

/// A line's place in the chain of an audit file.
package struct ChainLink: Equatable, Sendable {
    /// The first line is 1.
    package let number: Int
    /// What vouches for the line and, by the one before it, for all before: 22 characters of base64url.
    package let tag: [UInt8]

    /// Before the first line.
    static let start = ChainLink(number: 0, tag: [UInt8](repeating: UInt8(ascii: "A"), count: ChainLink.tagLength))

    static let tagLength = 22
}

/// A line of a chained audit file: three more members, which stand at its end.
///
/// ```
/// {…,"chain":7,"chain_previous":"<tag of line 6>","chain_tag":"<tag>"}
/// ```
/// The tag is a keyed hash of everything before it in the line. No text in a line has a bare quotation mark in it, so that
/// nothing that came from outside can look like these members.
struct ChainedLine {
    let link: ChainLink
    let previous: [UInt8]
    /// What the tag is made of.
    let body: ArraySlice<UInt8>

    private static let numberName = Array(#","chain":"#.utf8)
    private static let previousName = Array(#","chain_previous":""#.utf8)
    private static let tagName = Array(#","chain_tag":""#.utf8)
    private static let end = Array(#""}"#.utf8)

    /// Takes a line without its line break; `nil` for one that is not of a chain.
    init?(_ line: ArraySlice<UInt8>) {
        var rest = line
        func take(_ word: [UInt8]) -> Bool {
            guard rest.count >= word.count, rest.suffix(word.count).elementsEqual(word) else { return false }
            rest = rest.dropLast(word.count)
            return true
        }
        func takeTag() -> [UInt8]? {
            let tag = Array(rest.suffix(ChainLink.tagLength))
            guard tag.count == ChainLink.tagLength, Base64URL.decode(tag.span) != nil else { return nil }
            rest = rest.dropLast(tag.count)
            return tag
        }
        guard take(ChainedLine.end), let tag = takeTag(), take(ChainedLine.tagName) else { return nil }
        body = rest
        guard take([UInt8(ascii: "\"")]), let previous = takeTag(), take(ChainedLine.previousName) else { return nil }
        let digits = Array(rest.suffix(20).reversed().prefix { ASCII.isDigit($0) }.reversed())
        rest = rest.dropLast(digits.count)
        guard take(ChainedLine.numberName), digits.first != UInt8(ascii: "0"),
            let number = ASCII.decimal(digits.span, limit: .max)
        else { return nil }
        link = ChainLink(number: number, tag: tag)
        self.previous = previous
    }

    /// Whether the tag was made of this line with this key.
    func isVouchedFor(by key: TagKey) throws(CryptoError) -> Bool {
        Base64URL.encode(try key.tag(of: Array(body))) == link.tag
    }

    /// A line with its place in the chain.
    ///
    /// - Parameters:
    ///   - line: a JSON object and a line break.
    ///   - last: the line before it.
    ///   - key: whose tags no one else can make.
    /// - Returns: the line as it is written, and its place.
    /// - Throws: `LineFile.Fault` for what is no line of JSON.
    static func seal(
        _ line: [UInt8], after last: ChainLink, by key: TagKey
    ) throws(LineFile.Fault) -> (line: [UInt8], link: ChainLink) {
        guard line.suffix(2).elementsEqual("}\n".utf8) else { throw LineFile.Fault("a chain needs lines of JSON") }
        var octets = Array(line.dropLast(2))
        octets += numberName + Array("\(last.number + 1)".utf8) + previousName + last.tag + [UInt8(ascii: "\"")]
        let tag: [UInt8]
        do throws(CryptoError) { tag = Base64URL.encode(try key.tag(of: octets)) } catch {
            throw LineFile.Fault("\(error)")
        }
        octets += tagName + tag + end + [0x0A]
        return (octets, ChainLink(number: last.number + 1, tag: tag))
    }

    /// The place of the last line of a file that is of a chain; `nil` if there is none among its last 64 KiB.
    static func last(in descriptor: Int32, length: Int) -> ChainLink? {
        let count = min(length, 65_536)
        var tail = [UInt8](repeating: 0, count: count)
        let read = unsafe tail.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, count, length - count)
        }
        guard read == count else { return nil }
        for line in tail.split(separator: 0x0A).reversed() {
            if let line = ChainedLine(line) { return line.link }
        }
        return nil
    }
}
