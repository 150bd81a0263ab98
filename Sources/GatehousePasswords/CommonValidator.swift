package import GatehouseCore

/// Refuses passwords that many people have: Django's `CommonPasswordValidator` with another list.
///
/// Compared are, as in Django, the whole password in lower case and without white space around it. The list is a file of the
/// operator's, or the one in libzxcvbn's dictionary. That dictionary mixes 10,000 passwords with words and names and says
/// only how common an entry is, so that common words and names are refused as well, and passwords beyond its 10,000 pass.
package struct CommonValidator: PasswordValidator {
    /// `nil` stands for libzxcvbn's.
    private let list: Set<[UInt8]>?

    package init() { list = nil }

    /// Takes a list: one password per line in UTF-8, in lower case; Django's own does, unpacked.
    ///
    /// - Throws: `PasswordsError` if the file cannot be read or has more than 16 MiB: long lists are for `breached`.
    package init(listAt path: String) throws(PasswordsError) {
        let input = try InputFile(path)
        guard input.count <= CommonValidator.maxFileLength else {
            throw .malformed(path: path, reason: "has more than 16 MiB; use \"breached\" for a list of that size")
        }
        var list: Set<[UInt8]> = []
        try input.forEachLine { (line: Span<UInt8>, _: Int) throws(PasswordsError) in
            let entry = PythonText.stripped(Array(String(decoding: line.array, as: UTF8.self).unicodeScalars))
            if !entry.isEmpty { list.insert(PythonText.octets(entry)) }
        } progress: {
            _ in
        }
        guard !list.isEmpty else { throw .malformed(path: path, reason: "has no password in it") }
        self.list = list
    }

    private static let maxFileLength = 16 << 20

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        let octets = PythonText.octets(PythonText.stripped(candidate.lowercased))
        guard list?.contains(octets) ?? CommonValidator.isInDictionary(octets) else { return nil }
        return PasswordProblem(code: "password_too_common", message: "This password is too common.")
    }

    package var helpText: String { "Your password can’t be a commonly used password." }

    /// How many passwords libzxcvbn's dictionary has; words of a higher rank come from other lists.
    private static let rankedPasswords = 10_000.5

    /// Patterns that are tried before so many others stand in every list of passwords.
    private static let firstPatterns = 100.0

    /// Whether libzxcvbn knows the whole as one word of its dictionary.
    ///
    /// The library also finds words from back to front and does not say so, except by what it adds for the position: 1 bit for
    /// a word at the end, 1.75 for one that it read backwards. Hence the character in front, which belongs to no word.
    private static func isInDictionary(_ octets: [UInt8]) -> Bool {
        guard !octets.isEmpty, octets.count < Zxcvbn.maxOctets, octets.allSatisfy({ 0x20...0x7E ~= $0 }) else {
            return false
        }
        let parts = Zxcvbn.estimate([1] + octets).parts
        guard parts.count == 2, let whole = parts.last, whole.start == 1, whole.length == octets.count else {
            return isFirstPattern(octets)
        }
        switch whole.kind {
        case .word: return whole.addedBits < 1.5 && whole.guesses <= rankedPasswords
        case .pattern, .other: return isFirstPattern(octets)
        }
    }

    /// Whether the whole is `123456` or the like: the library names the pattern then, and hides that it is a word too.
    private static func isFirstPattern(_ octets: [UInt8]) -> Bool {
        let parts = Zxcvbn.estimate(octets).parts
        guard parts.count == 1, let whole = parts.first, whole.kind == .pattern else { return false }
        return whole.guesses <= firstPatterns
    }
}
