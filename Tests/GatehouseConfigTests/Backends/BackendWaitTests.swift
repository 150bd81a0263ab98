internal import GatehouseConfig
internal import Testing

@Suite("How long a sign-in may wait for backends")
struct BackendWaitTests {
    private func wait(_ text: String) throws -> Duration {
        try ConfigFixture().load(ConfigFixture.minimal([:], text)).longestWaitForBackends
    }

    @Test("is what all of them may take one after another, and one of them once more")
    func sum() throws {
        #expect(try wait("") == .seconds(12))
        func pam(_ number: Int, _ timeout: String) -> String {
            "[[backend]]\ntype = \"pam\"\nname = \"pam\(number)\"\ntimeout = \"\(timeout)\"\n"
        }
        #expect(try wait(pam(1, "30s")) == .seconds(62))
        #expect(try wait(pam(1, "30s") + pam(2, "2s")) == .seconds(65))
        #expect(try wait((1...20).map { pam($0, "30s") }.joined()) == .seconds(300))
    }
}
