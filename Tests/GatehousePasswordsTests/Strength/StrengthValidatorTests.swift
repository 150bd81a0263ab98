import GatehouseCore
import GatehousePasswords
import Testing

@Suite("The strength of passwords")
struct StrengthValidatorTests {
    private func score(_ password: String, _ person: PersonAttributes? = nil, words: [UTF8Text] = []) -> Int {
        StrengthValidator(contextWords: words).score(PasswordCandidate(Password(password)), of: person)
    }

    @Test(
        "grows with what has to be guessed",
        arguments: [
            ("", 0), ("password", 0), ("Password1", 0), ("qwertyuiop", 1), ("aaaaaaaaaaaaaaaa", 0), ("19870412", 1),
            ("abcdefghijkl", 0), ("correcthorsebatterystaple", 4), ("kX9#vQ2!mZ7@", 4),
            ("tulip-gravel-93-onboard", 4), ("🧊🧊🧊🧊🧊🧊🧊🧊🧊🧊🧊🧊", 1), ("ääääääääääääääää", 1),
        ])
    func scores(password: String, expected: Int) { #expect(score(password) == expected) }

    @Test("falls with what is known of the person and with the operator's own words")
    func knownWords() {
        let password = "Vandersteegen-Quorbital"
        let person = PersonAttributes(username: "vqs", lastName: "Vandersteegen", email: "x@quorbital.example")
        #expect(score(password) == 4)
        #expect(score(password, person) < 3)
        #expect(score(password, nil, words: ["quorbital", "vandersteegen"]) < 3)
        #expect(score("grünkohläcker", nil, words: ["Grünkohläcker"]) == 0)
        #expect(score("grünkohläcker", PersonAttributes(username: "GRÜNKOHLÄCKER")) == 0)
    }

    @Test("is asked for by the validator, with a code and a parameter")
    func validator() {
        let policy = PasswordPolicy(StrengthValidator(minimumScore: 3))
        #expect(policy.codes("tulip-gravel-93-onboard") == [])
        let problems = policy.problems(Password("Password12345"), of: nil)
        #expect(problems.map(\.code) == ["password_too_weak"])
        #expect(problems.first?.parameters == ["min_score": .number(3)])
        #expect(problems.first?.message.contains("12345") == false)
    }

    @Test("does not stop at a zero octet")
    func zero() { #expect(score("\u{0}kX9#vQ2!mZ7@") == 4) }

    @Test("looks at many long words of a person and an operator without a failure")
    func manyWords() {
        let long = String(repeating: "Lang-", count: 2_000)
        let person = PersonAttributes(
            username: UTF8Text(long), firstName: UTF8Text(long), lastName: "\u{0}", email: UTF8Text(long))
        let words = (0..<500).map { UTF8Text("word\($0)") }
        #expect(score("tulip-gravel-93-onboard", person, words: words) == 4)
    }
}
