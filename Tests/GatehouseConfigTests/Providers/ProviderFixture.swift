internal import Foundation
internal import GatehouseConfig
internal import GatehouseOIDC

/// A configuration with providers, whose secrets lie beside it.
struct ProviderFixture {
    private let fixture: ConfigFixture

    init() throws {
        fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/provider")
        try fixture.write(ProviderFixture.logo, to: "logo.svg")
        try fixture.write(ProviderFixture.logo + String(repeating: " ", count: 65_536), to: "large.svg")
        try fixture.write("-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n", to: "keys/apple.p8")
    }

    static let logo = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>"
    static let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"

    /// The lines of one provider, with what every one has to have.
    static func lines(_ type: String, _ more: String) -> String {
        let secret = type == "apple" ? "file:keys/apple.p8" : "file:keys/provider"
        return """
            [[provider]]
            type = "\(type)"
            client_id = "cid"
            client_secret = "\(secret)"
            \(more)

            """
    }

    func providers(_ text: String) throws -> [Provider] {
        try fixture.load(ConfigFixture.minimal([:], text)).providers.map(\.provider)
    }

    func provider(_ type: String, _ more: String) throws -> Provider? {
        try providers(ProviderFixture.lines(type, more)).first
    }

    func problems(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        try fixture.problems(ConfigFixture.minimal([:], text), environment: environment)
    }

    func warnings(_ text: String) throws -> [String] {
        try fixture.load(ConfigFixture.minimal([:], text)).warnings.map(\.description)
    }

    func load(_ text: String, environment: [String: String] = [:]) throws -> Configuration {
        try fixture.load(ConfigFixture.minimal([:], text), environment: environment)
    }
}
