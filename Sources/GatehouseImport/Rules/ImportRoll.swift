internal import GatehouseCore

/// The people that an import has gathered, each name once, and everything that is wrong with the rest.
package struct ImportRoll {
    /// How many problems are kept; the others are only counted.
    package static let maxProblems = 10_000
    /// How many people one import takes.
    package static let maxPeople = 1_000_000

    /// Good ones only, in the order of the file, with names in the stored form.
    package private(set) var people: [ImportedPerson] = []
    /// In the order of the file.
    package private(set) var problems: [ImportProblem] = []
    /// All of them, also those that are not kept.
    package private(set) var problemCount = 0
    private let rules: ImportRules
    /// Where each folded name stood first.
    private var lines: [[UInt8]: Int] = [:]

    package init(_ rules: ImportRules) { self.rules = rules }

    /// How many people and bad lines there were.
    package var count: Int { people.count + problemCount }

    /// Takes a person or a problem; what is wrong with a person becomes a problem.
    ///
    /// - Throws: `ImportError.refused` beyond `maxPeople`.
    package mutating func add(_ record: ImportRecord) throws(ImportError) {
        switch record {
        case .problem(let problem): note(problem)
        case .person(var person):
            do {
                person.name = try name(of: person)
                try rules.check(person)
                guard people.count < ImportRoll.maxPeople else {
                    throw ImportError.refused(reason: "more than \(ImportRoll.maxPeople) people; cut the file in parts")
                }
                people.append(person)
            } catch let error as BadLine {
                note(ImportProblem(line: person.line, reason: error.reason))
            } catch let error as ImportError {
                throw error
            } catch {
                note(ImportProblem(line: person.line, reason: "cannot be taken"))
            }
        }
    }

    /// Takes out the people who clash with somebody in the database; with `updates`, those of exactly the same name stay.
    package mutating func strike(_ existing: [Int: ExistingName], updates: Bool) {
        var kept: [ImportedPerson] = []
        kept.reserveCapacity(people.count)
        for (position, person) in people.enumerated() {
            let name = Shown.text(person.name.text.bytes)
            switch existing[position] {
            case .same where !updates:
                note(ImportProblem(line: person.line, reason: "\(name) exists already; --update changes people who do"))
            case .otherSpelling(let other):
                let spelling = Shown.text(other.text.bytes)
                note(ImportProblem(line: person.line, reason: "\(name) clashes with \(spelling), who exists already"))
            default: kept.append(person)
            }
        }
        people = kept
        problems.sort { $0.line < $1.line }
    }

    private mutating func name(of person: ImportedPerson) throws(BadLine) -> UserName {
        let name: UserName
        do {
            name = try rules.names.normalized(person.name.description)
        } catch {
            throw BadLine("the name \(Shown.text(person.name.text.bytes)): \(error.reason)")
        }
        let folded = rules.names.folded(name)
        if let line = lines[folded] {
            throw BadLine("the name \(Shown.text(name.text.bytes)) stands in line \(line) already (letter case aside)")
        }
        lines[folded] = person.line
        return name
    }

    private mutating func note(_ problem: ImportProblem) {
        problemCount += 1
        if problems.count < ImportRoll.maxProblems { problems.append(problem) }
    }
}
