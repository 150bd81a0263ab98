/// Text as Python's `str` sees it, which is what Django's validators are made of.
package enum PythonText {
    /// `str.lower()`: Unicode's full mapping, with the final form of the Greek sigma at the end of words.
    ///
    /// Source: The Unicode Standard, section 3.13, `toLowercase` and `Final_Sigma`.
    package static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(scalars.count)
        for (index, scalar) in scalars.enumerated() {
            if scalar.value < 0x80 {
                result.append(Unicode.Scalar(ASCII.lowercased(UInt8(truncatingIfNeeded: scalar.value))))
            } else if scalar == "Σ" {
                // Case-ignorable runs lie between cased characters, so that all the looks together are linear.
                let isAfterLetter = isCased(scalars[..<index].last { !$0.properties.isCaseIgnorable })
                let isBeforeLetter = isCased(scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable })
                result.append(isAfterLetter && !isBeforeLetter ? "ς" : "σ")
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    private static func isCased(_ scalar: Unicode.Scalar?) -> Bool { scalar?.properties.isCased ?? false }

    /// `re.split(r"\W+", text)`: the words, with an empty one before or behind text that begins or ends otherwise.
    package static func words(_ scalars: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var words: [[Unicode.Scalar]] = [[]]
        var isGap = false
        for scalar in scalars {
            guard isWord(scalar) else {
                if !isGap { words.append([]) }
                isGap = true
                continue
            }
            isGap = false
            words[words.count - 1].append(scalar)
        }
        return words
    }

    /// `\w`: letters and everything with a numeric value, and `_`; no combining marks.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: scalar == "_" || scalar.properties.numericType != nil
        }
    }

    /// `str.isdigit()` of one character: decimal digits of any script, superscripts, digits in circles.
    package static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.numericType {
        case .decimal, .digit: true
        default: false
        }
    }

    /// `str.strip()`: without the white space at both ends.
    package static func stripped(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(scalars[first...last])
    }

    /// Unicode's white space, and the four separators of ASCII that Python counts as well.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        (0x1C...0x1F).contains(scalar.value) || scalar.properties.isWhitespace
    }

    /// The octets of code points in UTF-8.
    package static func octets(_ scalars: [Unicode.Scalar]) -> [UInt8] { scalars.flatMap { Array($0.utf8) } }
}
