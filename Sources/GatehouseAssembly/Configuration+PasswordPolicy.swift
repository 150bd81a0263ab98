package import GatehouseConfig
internal import GatehouseCore
package import GatehousePasswords
package import GatehouseTerminal

extension PasswordRulesTable {
    /// The policy of the configuration, with its files opened.
    ///
    /// - Throws: `Failure.usage` if a file of a rule is missing, cut short or something else.
    package func makePolicy() throws(Failure) -> PasswordPolicy {
        var made: [PasswordPolicy.Rule] = []
        for rule in rules {
            do throws(PasswordsError) {
                made.append(try rule.makeRule())
            } catch {
                throw .usage("passwords.\(rule.key): \(error.message)")
            }
        }
        return PasswordPolicy(made)
    }
}

extension PasswordRule {
    fileprivate func makeRule() throws(PasswordsError) -> PasswordPolicy.Rule {
        switch self {
        case .similarity(let attributes, let maxSimilarity):
            .validator(SimilarityValidator(attributes: attributes, maxSimilarity: maxSimilarity))
        case .length(let min): .validator(LengthValidator(minimum: min))
        case .common(let list):
            .validator(try list.map { path throws(PasswordsError) in try CommonValidator(listAt: path) } ?? .init())
        case .numeric: .validator(NumericValidator())
        case .strength(let minScore, let words):
            .validator(StrengthValidator(minimumScore: minScore, contextWords: words.map { UTF8Text($0) }))
        case .breached(let file): .validator(BreachedValidator(filter: try BreachFilter(path: file)))
        case .history(let remembered): .history(remembered: remembered)
        }
    }

    /// The key to name when the rule's file cannot be used.
    fileprivate var key: String {
        switch self {
        case .common: "common.list"
        case .breached: "breached.file"
        default: "validators"
        }
    }
}
