import Foundation
import GatehouseConfig
import GatehouseCore
import GatehouseImport
import GatehouseTestSupport

/// A configuration that was converted, and loaded as the daemon would.
struct ConvertedSite {
    let text: String
    let lost: [String]
    let configuration: Configuration

    init(_ original: String, _ format: Conversion.Format, passwordIsEnough: Bool = false) throws {
        var wishes = Conversion.Wishes()
        wishes.passwordIsEnough = passwordIsEnough
        let conversion = try Conversion(MemoryBytes(Array(original.utf8)), format, wishes)
        (text, lost) = (conversion.text, conversion.lost)
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("keys"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try folder.write(String(repeating: "4f", count: 32), to: "keys/lookup")
        try folder.write("1:" + String(repeating: "A", count: 43), to: "keys/seal")
        for name in [
            "redis", "ldap", "mail", "provider", "google", "github", "generic", "my-idp", "provider-1", "sentinel",
        ] { try folder.write("secret", to: "keys/\(name)") }
        configuration = try Configuration.load(path: try folder.write(text, to: "gatehouse.toml"), environment: [:])
    }

    private static func identity(_ name: String, _ groups: [String]) -> Identity {
        Identity(
            user: UserReference(backend: "database", id: UTF8Text(name)), name: UserName(name),
            groups: groups.map { GroupName($0) })
    }

    /// What becomes of a request by somebody, or by a stranger.
    func outcome(
        _ url: String, method: String = "GET", user: String? = nil, groups: [String] = [],
        from client: String = "192.0.2.9"
    ) -> Decision.Outcome? {
        guard let request = OriginalRequest(method: method, url: url), let address = IPAddress(client) else {
            return nil
        }
        switch configuration.policy.match(request, from: .known(address)) {
        case .decided(let decision, _): return decision.outcome
        case .rule(let match):
            let visitor = user.map { Visitor.person(ConvertedSite.identity($0, groups)) } ?? .stranger
            return configuration.policy.decide(match, visitor: visitor, now: Timestamp(milliseconds: 0)).outcome
        }
    }
}
