internal import Foundation
internal import Testing

extension EndToEnd {
    @Suite("Guessing")
    struct GuessingTests {
        @Test(
            "100 guesses at once, on one and on two instances, cost no more hashes than one name may, and lock out no owner"
        )
        func guesses() throws {
            let folder = URL(fileURLWithPath: try Repository.gatehouse()).deletingLastPathComponent().path
            let (status, output) = try Tools.run(
                "python3", ["-B", Repository.file("Tests/Benchmarks/signin.py"), "--bin", folder, "--guesses"])
            #expect(status == 0, "\(output)")
            print(output)
        }
    }
}
