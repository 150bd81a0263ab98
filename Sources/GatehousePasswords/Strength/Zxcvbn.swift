private import CZxcvbn

/// How many guesses a password takes, by libzxcvbn 2.5.
///
/// The library reads octets up to a zero and looks closely at the first 100; it needs no start and keeps no state.
enum Zxcvbn {
    /// Octets beyond these are not looked at: what the library does with them is a guess, and time stays bounded.
    static let maxOctets = 100
    /// Words of a caller beyond these are not looked at.
    static let maxWords = 64

    struct Estimate {
        /// The guesses of somebody who knows dictionaries and patterns.
        let guesses: Double
        /// The cheapest way to put the password together, from left to right.
        let parts: [Part]
    }

    /// A stretch of the password and how it would be guessed.
    struct Part {
        enum Kind {
            /// A word of the library's dictionaries as it is, or in upper case.
            case word
            /// Keys side by side, `abc`, `aaa`, a repeated piece.
            case pattern
            /// Everything else: a word with changes, a word of the caller's, a date, single characters.
            case other
        }

        let kind: Kind
        let start: Int
        let length: Int
        /// The guesses of this part alone.
        let guesses: Double
        /// What its position adds: 0 bits at the start, 1 at the end, 1.75 elsewhere.
        let addedBits: Double
    }

    /// Estimates octets; words of the caller count as the first words of a dictionary.
    ///
    /// About 0.5 ms for 100 octets; 60 ms for the worst ones known, alternating letters and digits that look like them.
    static func estimate(_ octets: [UInt8], words: [[UInt8]] = []) -> Estimate {
        // The logarithm of "no characters at all" is no number.
        guard !octets.isEmpty else { return Estimate(guesses: 1, parts: []) }
        let text = terminated(octets)
        let usable = words.filter { !$0.isEmpty }.prefix(maxWords).map { terminated($0) }
        let flat = usable.flatMap { $0 }
        var info: UnsafeMutablePointer<ZxcMatch_t>?
        let bits = unsafe flat.withUnsafeBufferPointer { flat in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            if let base = flat.baseAddress {
                var offset = 0
                for word in usable {
                    unsafe pointers.append(base + offset)
                    offset += word.count
                }
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
                unsafe text.withUnsafeBufferPointer { text in
                    unsafe ZxcvbnMatch(text.baseAddress, pointers.baseAddress, &info)
                }
            }
        }
        var parts: [Part] = []
        var next = unsafe info
        while let match = unsafe next {
            unsafe parts.append(Part(match.pointee))
            unsafe next = match.pointee.Next
        }
        unsafe ZxcvbnFreeInfo(info)
        return Estimate(guesses: power(bits), parts: parts)
    }

    /// A C string; a zero among the octets, which would end it, becomes another control character.
    private static func terminated(_ octets: [UInt8]) -> [CChar] {
        octets.prefix(maxOctets).map { $0 == 0 ? 1 : CChar(bitPattern: $0) } + [0]
    }

    /// Two to the power of `bits`, at least 1; not a number is 1, so that it never counts as strong.
    fileprivate static func power(_ bits: Double) -> Double {
        guard bits > 0 else { return 1 }
        guard bits < 1_000 else { return .greatestFiniteMagnitude }
        let whole = bits.rounded(.down)
        // 2^x for 0 ≤ x < 1 by its series; the twentieth term is below 1e-21.
        let exponent = (bits - whole) * 0.693_147_180_559_945_3
        var term = 1.0
        var sum = 1.0
        for step in 1...20 {
            term *= exponent / Double(step)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }
}

extension Zxcvbn.Part {
    fileprivate init(_ match: ZxcMatch_t) {
        let type = unsafe match.Type.rawValue
        switch type {
        case DICTIONARY_MATCH.rawValue: kind = .word
        case REPEATS_MATCH.rawValue, SEQUENCE_MATCH.rawValue, SPATIAL_MATCH.rawValue: kind = .pattern
        // Words, characters or patterns that were repeated.
        case (MULTIPLE_MATCH.rawValue)...: kind = .pattern
        default: kind = .other
        }
        start = unsafe Int(match.Begin)
        length = unsafe Int(match.Length)
        guesses = unsafe Zxcvbn.power(match.Entrpy)
        addedBits = unsafe (match.MltEnpy - match.Entrpy)
    }
}
