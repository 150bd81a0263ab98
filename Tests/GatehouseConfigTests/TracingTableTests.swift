internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("The tracing table")
struct TracingTableTests {
    private let fixture: ConfigFixture

    init() throws {
        fixture = try ConfigFixture()
        try fixture.write("Bearer abc\n", to: "keys/collector")
    }

    private static let endpoint = "endpoint = \"http://collector:4318\"\n"

    private func table(_ lines: String) throws -> TracingTable? {
        try fixture.load(ConfigFixture.minimal(["tracing": lines])).tracing
    }

    @Test("is not needed, and nothing is traced without it")
    func absent() throws { #expect(try fixture.load(ConfigFixture.minimal()).tracing == nil) }

    @Test("needs nothing but an endpoint")
    func defaults() throws {
        let table = try #require(try table(Self.endpoint))
        #expect(table.endpoint == "http://collector:4318" && table.sample == 0.1 && table.serviceName == "gatehouse")
        #expect(table.timeout == .seconds(10) && table.headers.isEmpty && table.authorization == nil)
        let variable = try fixture.load(
            ConfigFixture.minimal(),
            environment: ["GATEHOUSE_TRACING__ENDPOINT": "https://[::1]:4318/otlp/", "GATEHOUSE_TRACING__SAMPLE": "1"])
        #expect(variable.tracing?.endpoint == "https://[::1]:4318/otlp/" && variable.tracing?.sample == 1)
    }

    @Test("takes a secret and other headers for the collector")
    func headers() throws {
        let table = try #require(
            try table(
                "endpoint = \"https://collector\"\nauthorization = \"file:keys/collector\"\nsample = 0\n"
                    + "headers = [\"X-Scope-OrgID: tenant a\", \"x:y\"]"))
        #expect(table.authorization?.octets == Array("Bearer abc".utf8) && table.sample == 0)
        #expect(table.headers.map { "\($0.name)=\($0.value)" } == ["X-Scope-OrgID=tenant a", "x=y"])
        #expect(!"\(table)".contains("abc"))
        #expect(
            try self.table(Self.endpoint + "authorization = \"file:keys/collector\"\nallow_plaintext = true") != nil)
        #expect(try self.table("endpoint = \"http://localhost:4318\"\nauthorization = \"file:keys/collector\"") != nil)
    }

    @Test(
        "says what is wrong",
        arguments: [
            ("sample = 0.5", "tracing.endpoint: is required: where spans are sent"),
            ("endpoint = \"collector:4318\"", "tracing.endpoint: must be an address like"),
            ("endpoint = \"grpc://collector:4317\"", "tracing.endpoint: must be an address like"),
            (
                "endpoint = \"http://user:secret@collector\"",
                "tracing.endpoint: must not have a name or a password in it"
            ),
            ("endpoint = \"http://collector:4318/?a=b\"", "tracing.endpoint: must be an address like"),
            ("endpoint = \"http://collector:4318/v1/traces\"", "tracing.endpoint: must not have /v1/traces in it"),
            ("endpoint = \"http://collector:4318/v1/traces/\"", "tracing.endpoint: must not have /v1/traces in it"),
            (
                endpoint + "authorization = \"file:keys/collector\"",
                "sends tracing.authorization in the clear: use https, or set tracing.allow_plaintext = true"
            ),
            (endpoint + "authorization = \"Bearer abc\"", "tracing.authorization: must be a reference"),
            (endpoint + "sample = 1.5", "tracing.sample: must be a number from 0.0 to 1.0"),
            (endpoint + "sample = \"all\"", "tracing.sample: must be a number from 0.0 to 1.0"),
            (endpoint + "timeout = \"5m\"", "tracing.timeout: must be from 100ms to 1m"),
            (endpoint + "service_name = \"\"", "tracing.service_name: must not be empty"),
            (endpoint + "headers = [\"nothing\"]", "tracing.headers: must be lines like"),
            (endpoint + "headers = [\"a b: c\"]", "tracing.headers: must be lines like"),
            (endpoint + "headers = [\"Authorization: Bearer abc\"]", "tracing.authorization is for that"),
            (endpoint + "headers = [\"content-type: x\"]", "it is set already"),
            (endpoint + "ca_file = \"nowhere.pem\"", "tracing.ca_file: must be a file"),
            (endpoint + "endpiont = \"x\"", "did you mean endpoint?"),
        ])
    func refusals(lines: String, problem: String) throws {
        let problems = try fixture.problems(ConfigFixture.minimal(["tracing": lines]))
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
        #expect(!problems.contains { $0.contains("Bearer abc") || $0.contains("user:secret") }, "\(problems)")
    }
}
