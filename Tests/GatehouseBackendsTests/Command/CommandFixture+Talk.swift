import Foundation
import GatehouseBackends
import GatehouseCore

extension CommandFixture {
    /// The protocol's JSON as Foundation reads and writes it.
    static let talk = CommandTalk(
        authenticate: { credentials in
            guard let password = String(validating: credentials.password.bytes, as: UTF8.self) else { return nil }
            return CommandFixture.json([
                "version": 1, "operation": "authenticate", "name": credentials.name.string, "password": password,
                "client": "",
            ])
        },
        identity: { CommandFixture.json(["version": 1, "operation": "identity", "id": $0.string]) },
        answer: { octets, backend throws(BackendError) in
            let object = try? JSONSerialization.jsonObject(with: Data(octets)) as? [String: Any]
            switch object?["result"] as? String {
            case "not-mine": return .notMine
            case "refused": return .refused
            case "gone": return .gone
            case "unsupported": return .unsupported
            case "authenticated":
                guard let user = object?["user"] as? [String: Any], let id = user["id"] as? String,
                    let name = user["name"] as? String
                else { throw .unavailable(reason: "the answer has no user") }
                return .authenticated(
                    Identity(
                        user: UserReference(backend: backend, id: UTF8Text(id)), name: UserName(name),
                        groups: (user["groups"] as? [String] ?? []).map { GroupName($0) }))
            default: throw .unavailable(reason: "the answer makes no sense")
            }
        })

    private static func json(_ object: [String: Any]) -> [UInt8] {
        (try? JSONSerialization.data(withJSONObject: object)).map { Array($0) } ?? []
    }
}
