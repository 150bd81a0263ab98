package import GatehouseCore
package import GatehouseCrypto

/// A generated file whose first line tells whether somebody changed it since.
package struct RenderedFile: Sendable {
    package let name: String
    private let text: String
    /// Whether it is the operator's once it is there.
    package let isWrittenOnce: Bool

    package init(name: String, text: String, isWrittenOnce: Bool = false) {
        self.name = name
        self.text = text
        self.isWrittenOnce = isWrittenOnce
    }

    /// What is to be done about it.
    package enum Step: Equatable, Sendable {
        /// It is not there.
        case make(String)
        /// It is there as it should be.
        case leave
        /// It is there already and belongs to the operator.
        case keep
        case replace(String)
        /// It was changed by hand: what is there is kept under another name first.
        case replaceKeepingCopy(String, copy: String)
    }

    private static let mark = "# gatehouse render: changes are lost at the next one (a copy is kept). SHA-256 "

    /// What is to be done where a file holds some text, or where there is none yet.
    ///
    /// - Parameters:
    ///   - found: what the file holds; `nil` if there is none. Of a file that is written once it does not matter what.
    ///   - now: the time in the name of a copy.
    /// - Returns: the step.
    /// - Throws: `CryptoError` if no digest could be made.
    package func step(over found: String?, now: Timestamp) throws(CryptoError) -> Step {
        let whole = isWrittenOnce ? text : try RenderedFile.marked(text)
        guard let found else { return .make(whole) }
        if isWrittenOnce { return .keep }
        if found.utf8.elementsEqual(whole.utf8) { return .leave }
        if try RenderedFile.isUntouched(found) { return .replace(whole) }
        // No `.conf` at the end: nginx is often told to include all of those.
        let time = CalendarTime(now)
        return .replaceKeepingCopy(whole, copy: "\(name).before-\(time.date)T\(time.time)Z")
    }

    private static func marked(_ text: String) throws(CryptoError) -> String { "\(mark)\(try digest(text))\n\(text)" }

    /// Whether a file is as it was written, by whatever version.
    private static func isUntouched(_ whole: String) throws(CryptoError) -> Bool {
        guard whole.hasPrefix(mark), let end = whole.firstIndex(of: "\n") else { return false }
        let digest = whole[..<end].dropFirst(mark.count)
        return try digest.utf8.elementsEqual(RenderedFile.digest(String(whole[whole.index(after: end)...])).utf8)
    }

    private static func digest(_ text: String) throws(CryptoError) -> String {
        Hexadecimal.text(try Digest.sha256(Array(text.utf8)))
    }
}
