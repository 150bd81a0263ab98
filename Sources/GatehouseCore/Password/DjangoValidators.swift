/// Refuses passwords that look like something known of the person: Django's `UserAttributeSimilarityValidator`.
package struct SimilarityValidator: PasswordValidator {
    package let attributes: [PersonAttributes.Attribute]
    /// From 0.1 up; at 1.0 only the same characters are refused, in whatever order.
    package let maxSimilarity: Double

    package init(
        attributes: [PersonAttributes.Attribute] = [.username, .firstName, .lastName, .email],
        maxSimilarity: Double = 0.7
    ) {
        self.attributes = attributes
        self.maxSimilarity = max(maxSimilarity, 0.1)
    }

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        guard let person else { return nil }
        let counts = SimilarityValidator.counts(candidate.lowercased)
        for attribute in attributes where !person[attribute].isEmpty {
            let value = PythonText.lowercased(person.scalars(attribute))
            let parts = PythonText.words(value) + [value]
            guard parts.contains(where: { isSimilar($0, counts, length: candidate.lowercased.count) }) else { continue }
            return PasswordProblem(
                code: "password_too_similar",
                message: "The password is too similar to the \(attribute.verboseName).",
                parameters: ["verbose_name": .text(attribute.verboseName)])
        }
        return nil
    }

    package var helpText: String { "Your password can’t be too similar to your other personal information." }

    /// The ratio is that of `difflib.SequenceMatcher.quick_ratio`: what the two have in common without regard to order.
    private func isSimilar(_ part: [Unicode.Scalar], _ counts: [Unicode.Scalar: Int], length: Int) -> Bool {
        // Django's `exceeds_maximum_length_ratio`: so much longer that the rest outweighs any likeness.
        if length >= 10 * part.count, Double(part.count) < maxSimilarity / 2 * Double(length) { return false }
        let total = length + part.count
        guard total > 0 else { return 1 >= maxSimilarity }
        let shared = SimilarityValidator.counts(part).reduce(0) { $0 + min($1.value, counts[$1.key] ?? 0) }
        return 2 * Double(shared) / Double(total) >= maxSimilarity
    }

    private static func counts(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar: Int] {
        scalars.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

/// Refuses short passwords: Django's `MinimumLengthValidator`.
package struct LengthValidator: PasswordValidator {
    /// In code points.
    package let minimum: Int

    package init(minimum: Int = 8) { self.minimum = minimum }

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        guard candidate.scalars.count < minimum else { return nil }
        return PasswordProblem(
            code: "password_too_short",
            message:
                "This password is too short. It must contain at least \(PasswordProblem.characters(minimum)).",
            parameters: ["min_length": .number(minimum)])
    }

    package var helpText: String {
        "Your password must contain at least \(PasswordProblem.characters(minimum))."
    }
}

/// Refuses passwords of digits only: Django's `NumericPasswordValidator`.
package struct NumericValidator: PasswordValidator {
    package init() {}

    package func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem? {
        guard !candidate.scalars.isEmpty, candidate.scalars.allSatisfy(PythonText.isDigit) else { return nil }
        return PasswordProblem(code: "password_entirely_numeric", message: "This password is entirely numeric.")
    }

    package var helpText: String { "Your password can’t be entirely numeric." }
}
