import GatehouseCore
import GatehousePasswords
import Testing

@Suite("Generated passwords")
struct GeneratedPasswordTests {
    @Test(
        "are groups of letters and digits that nobody takes for each other, with every octet of the randomness in them")
    func alphabet() {
        #expect(GeneratedPassword(octets: [0, 1, 2, 3, 4, 5, 31]).text == "abcde-f9")
        #expect(GeneratedPassword(octets: []).text == "")
        let all = GeneratedPassword(octets: Array(UInt8.min...UInt8.max)).text
        #expect(Set(all).count == 33 && !all.contains { "lo01".contains($0) })
        for position in 0..<20 {
            var octets = [UInt8](repeating: 7, count: 20)
            octets[position] = 8
            #expect(GeneratedPassword(octets: octets) != GeneratedPassword(octets: [UInt8](repeating: 7, count: 20)))
        }
    }

    @Test("are nothing that the usual rules have anything against")
    func rules() {
        let policy = PasswordPolicy([
            .validator(SimilarityValidator()), .validator(LengthValidator(minimum: 12)), .validator(CommonValidator()),
            .validator(NumericValidator()), .validator(StrengthValidator()),
        ])
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let octets = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let password = Password(GeneratedPassword(octets: octets).text)
            #expect(policy.problems(password, of: PersonAttributes(username: "alice")).isEmpty)
        }
    }
}
