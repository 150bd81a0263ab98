import FuzzTargets
import Testing

/// The same inputs in every run; `tools/fuzz` looks for others.
@Suite("Whatever is read from outside")
struct FuzzTests {
    /// A configuration costs more than the rest.
    private static func rounds(_ target: FuzzTarget) -> Int { target.name == "toml" ? 300 : 5_000 }

    @Test("breaks no promise and traps nowhere", arguments: FuzzTarget.all.map(\.name))
    func mutated(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        #expect(!target.seeds.isEmpty)
        for seed in target.seeds + [[]] { try target.read(seed) }
        var mutation = Mutation(seed: 20_261_128)
        var broken: [String] = []
        for _ in 0..<Self.rounds(target) where broken.count < 5 {
            let input = mutation.input(from: target.seeds)
            do { try target.read(input) } catch {
                broken.append("\(error): \(String(decoding: input, as: UTF8.self).debugDescription)")
            }
        }
        #expect(broken == [])
    }

    @Test("is tried as eleven kinds of input")
    func names() {
        #expect(
            FuzzTarget.all.map(\.name) == [
                "request-head", "cookies", "return-address", "toml", "ldap", "resp", "records", "forms", "token",
                "keys",
                "claims",
            ])
    }
}
