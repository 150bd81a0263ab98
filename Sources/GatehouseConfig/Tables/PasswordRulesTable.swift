package import GatehouseCore

/// The part of `[passwords]` that says what new passwords must be like.
package struct PasswordRulesTable: Equatable, Sendable {
    /// In the order in which people see what is wrong.
    package let rules: [PasswordRule]

    /// Reads the keys of the rules; the caller ends with `table.finish()`.
    ///
    /// Without the file's say it is a minimum of 12 characters and a score of 3, and Django's other validators. The options of a
    /// validator that is not in the list are read all the same, so that a mistake in them shows.
    init(_ table: TableReader, folders: BaseFolders) {
        let options = PasswordRulesTable.options(table, folders)
        let names = PasswordRulesTable.names(table)
        rules = names.compactMap { options[$0]?.rule }
        for (name, option) in options.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            if names.contains(name) {
                if option.rule == nil {
                    table.log.add(
                        table.place, table.key("\(name.rawValue).file"), "is required by \"\(name.rawValue)\"")
                }
            } else if let place = option.place {
                table.log.warn(
                    place, table.key(name.rawValue), "has no effect: it is not in \(table.key("validators"))")
            }
        }
    }

    /// The validators by their names in the file.
    enum Validator: String, CaseIterable, Hashable {
        case similarity, length, common, numeric, strength, breached, history
    }

    private static let standard: [Validator] = [.similarity, .length, .common, .numeric, .strength]

    private static func names(_ table: TableReader) -> [Validator] {
        guard let texts = table.strings("validators") else { return standard }
        var names: [Validator] = []
        for text in texts {
            let bytes = UTF8Text(text.value)
            guard let name = Validator.allCases.first(where: { UTF8Text($0.rawValue) == bytes }) else {
                let known = Validator.allCases.map(\.rawValue)
                table.log.add(text, "must have only \(Shown.choices(known)) in it, has \(text.seen)")
                continue
            }
            if names.contains(name) { table.log.add(text, "has \(text.seen) twice") } else { names.append(name) }
        }
        return names
    }

    /// A validator with its options.
    private struct Option {
        /// `nil` if something that it cannot do without is missing.
        let rule: PasswordRule?
        /// Where the file has options for it.
        let place: Place?

        init(_ reader: TableReader?, _ rule: PasswordRule?) {
            self.rule = rule
            place = reader.flatMap { $0.names.isEmpty ? nil : $0.place }
            reader?.finish()
        }
    }

    private static func options(_ table: TableReader, _ folders: BaseFolders) -> [Validator: Option] {
        let similarity = table.table("similarity")
        let length = table.table("length")
        let common = table.table("common")
        let strength = table.table("strength")
        let breached = table.table("breached")
        let history = table.table("history")
        return [
            .similarity: Option(
                similarity,
                .similarity(
                    attributes: attributes(similarity),
                    maxSimilarity: similarity.fraction("max_similarity", in: 0.1...1) ?? 0.7)),
            .length: Option(length, .length(min: length.integer("min", in: 6...64)?.value ?? 12)),
            .common: Option(common, .common(list: path(common, "list", folders))),
            .numeric: Option(nil, .numeric),
            .strength: Option(
                strength,
                .strength(minScore: strength.integer("min_score", in: 1...4)?.value ?? 3, words: words(strength))),
            .breached: Option(breached, path(breached, "file", folders).map { .breached(file: $0) }),
            .history: Option(history, .history(remembered: history.integer("remembered", in: 1...24)?.value ?? 5)),
        ]
    }

    /// The attributes of a person that a password must not resemble, by Django's names.
    private static func attributes(_ table: TableReader) -> [PersonAttributes.Attribute] {
        guard let texts = table.strings("attributes") else { return PersonAttributes.Attribute.allCases }
        return texts.compactMap { text in
            let bytes = UTF8Text(text.value)
            let all = PersonAttributes.Attribute.allCases
            if let attribute = all.first(where: { UTF8Text($0.rawValue) == bytes }) { return attribute }
            table.log.add(text, "must have only \(Shown.choices(all.map(\.rawValue))) in it, has \(text.seen)")
            return nil
        }
    }

    private static func words(_ table: TableReader) -> [String] {
        guard let texts = table.strings("words") else { return [] }
        for text in texts where !(3...50).contains(text.value.unicodeScalars.count) {
            table.log.add(text, "must have words of 3 to 50 characters, has \(text.seen)")
        }
        if let last = texts.last, texts.count > 32 {
            table.log.add(last, "must have at most 32 words, has \(texts.count)")
        }
        return texts.map(\.value)
    }

    private static func path(_ table: TableReader, _ name: String, _ folders: BaseFolders) -> String? {
        guard let text = table.string(name) else { return nil }
        guard !text.value.isEmpty else {
            table.log.add(text, "must be the path of a file, is \"\"")
            return nil
        }
        return folders.path(text)
    }
}

/// One rule for new passwords.
package enum PasswordRule: Equatable, Sendable {
    /// Not like what is known of the person.
    case similarity(attributes: [PersonAttributes.Attribute], maxSimilarity: Double)
    /// Not shorter, in code points.
    case length(min: Int)
    /// Not in a list of common passwords: a file, or the built-in one.
    case common(list: String?)
    /// Not of digits only.
    case numeric
    /// Not guessed soon, with the operator's own words tried first.
    case strength(minScore: Int, words: [String])
    /// Not in a filter that `gatehouse breached build` made.
    case breached(file: String)
    /// Neither the current one nor one of the last ones.
    case history(remembered: Int)
}
