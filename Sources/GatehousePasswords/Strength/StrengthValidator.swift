package import GatehouseCore

/// Refuses passwords that are guessed soon, by zxcvbn's estimate.
///
/// The scores are zxcvbn's: 1 from 10³ guesses on, 2 from 10⁶, 3 from 10⁸, 4 from 10¹⁰. What is known of the person and the
/// operator's own words count as the first words that are tried.
package struct StrengthValidator: PasswordValidator {
    /// 0 to 4.
    package let minimumScore: Int
    private let contextWords: [[Unicode.Scalar]]

    /// Context words are names of the company, its products, the site; at most `maxContextWords` are looked at.
    package init(minimumScore: Int = 3, contextWords: [UTF8Text] = []) {
        self.minimumScore = minimumScore
        self.contextWords = contextWords.prefix(StrengthValidator.maxContextWords).map {
            Array($0.string.unicodeScalars.prefix(Zxcvbn.maxOctets))
        }
    }

    /// How many words of the operator's own are looked at; the others would leave no room for the person's.
    package static let maxContextWords = 32

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        guard score(candidate, of: person) < minimumScore else { return nil }
        return PasswordProblem(
            code: "password_too_weak",
            message: "This password is too easy to guess. Add another word or two; uncommon words are better.",
            parameters: ["min_score": .number(minimumScore)])
    }

    package var helpText: String {
        "Your password can’t be easy to guess, such as common words, names, dates or patterns."
    }

    /// The score of a password, 0 to 4.
    package func score(_ candidate: PasswordCandidate, of person: PersonAttributes?) -> Int {
        var alphabet = SingleOctets()
        let octets = alphabet.octets(candidate.scalars)
        let words = (contextWords + StrengthValidator.words(of: person)).map { alphabet.octets($0) }
        let guesses = Zxcvbn.estimate(octets, words: words).guesses
        return [1e3, 1e6, 1e8, 1e10].count { guesses >= $0 }
    }

    /// The attributes and their words, from three characters on, each once.
    private static func words(of person: PersonAttributes?) -> [[Unicode.Scalar]] {
        guard let person else { return [] }
        var seen: Set<[Unicode.Scalar]> = []
        return PersonAttributes.Attribute.allCases.flatMap { attribute in
            let value = PythonText.lowercased(person.scalars(attribute))
            return ([value] + PythonText.words(value).prefix(8)).filter { $0.count > 2 && seen.insert($0).inserted }
        }
    }
}

/// Gives every character outside ASCII an octet of its own.
///
/// libzxcvbn counts octets: it would take one emoji for four unrelated characters. With more than 64 such characters some
/// share an octet, which can only lower the estimate.
private struct SingleOctets {
    private var known: [Unicode.Scalar: UInt8] = [:]

    mutating func octets(_ scalars: [Unicode.Scalar]) -> [UInt8] {
        scalars.prefix(Zxcvbn.maxOctets).map { scalar in
            guard scalar.value >= 0x80 else { return UInt8(truncatingIfNeeded: scalar.value) }
            if let octet = known[scalar] { return octet }
            // From 0xC0 on the library's keyboards have no keys.
            let octet = 0xC0 | UInt8(truncatingIfNeeded: known.count & 0x3F)
            known[scalar] = octet
            return octet
        }
    }
}
