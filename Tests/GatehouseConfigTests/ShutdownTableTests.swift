internal import GatehouseConfig
internal import Testing

@Suite("The shutdown table")
struct ShutdownTableTests {
    private let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    @Test("has no delay and five seconds for what is under way, unless it says otherwise")
    func values() throws {
        let standard = try fixture.load(ConfigFixture.minimal()).shutdown
        #expect(standard.delay == .zero && standard.drain == .seconds(5))
        let own = try fixture.load(ConfigFixture.minimal(["shutdown": "delay = \"5s\"\ndrain = \"20s\""])).shutdown
        #expect(own.delay == .seconds(5) && own.drain == .seconds(20))
        let none = try fixture.load(
            ConfigFixture.minimal(), environment: ["GATEHOUSE_SHUTDOWN__DRAIN": "0s"]
        ).shutdown
        #expect(none.drain == .zero)
    }

    @Test("has limits", arguments: ["delay", "drain"])
    func limits(key: String) throws {
        for value in ["301s", "-1s", "5", ""] {
            let problems = try fixture.problems(ConfigFixture.minimal(["shutdown": "\(key) = \"\(value)\""]))
            #expect(problems.contains { $0.contains("shutdown.\(key): must be") }, "\(value): \(problems)")
        }
    }
}
