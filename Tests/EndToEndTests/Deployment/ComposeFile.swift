internal import GatehouseTestSupport

/// What a compose file says, as far as the shipped ones say something.
struct ComposeFile: Decodable, Sendable {
    let services: [String: Service]
    let volumes: [String: JSONNode]
    let networks: [String: JSONNode]
    let secrets: [String: [String: String]]

    // Wide: one value for each key that the shipped files use.
    struct Service: Decodable, Sendable {
        let image: String
        let user: String
        let command: [String]
        let isReadOnly: Bool
        let droppedCapabilities: [String]
        let addedCapabilities: [String]?
        let security: [String]
        let environment: [String: String]?
        let secrets: [String]?
        let volumes: [String]?
        let tmpfs: [String]?
        let ports: [String]?
        let networks: [String]
        let needs: [String: [String: String]]?
        let healthcheck: Healthcheck?

        enum CodingKeys: String, CodingKey {
            case image, user, command, environment, secrets, volumes, tmpfs, ports, networks, healthcheck
            case isReadOnly = "read_only"
            case droppedCapabilities = "cap_drop"
            case addedCapabilities = "cap_add"
            case security = "security_opt"
            case needs = "depends_on"
        }

        /// What is mounted: the file of the host or the name of a volume, and where it lies in the container.
        var mounts: [(source: String, target: String)] {
            (volumes ?? []).map { text in
                let parts = text.split(separator: ":").map(String.init)
                return (parts[0], parts[1])
            }
        }

        /// The volumes that it shares with others, or keeps.
        var namedVolumes: [String] { mounts.map(\.source).filter { !$0.hasPrefix(".") } }
        /// The folders in memory.
        var temporaryFolders: [String] { (tmpfs ?? []).map { String($0.prefix { $0 != ":" }) } }
    }

    struct Healthcheck: Decodable, Sendable {
        let test: [String]
    }

    private static let shipped = Mutexed<[String: ComposeFile]>([:])

    /// The file of a folder below `deploy/compose`, read once.
    static func shipped(_ kind: String) throws -> ComposeFile {
        if let file = shipped.value[kind] { return file }
        let path = Repository.file("deploy/compose/\(kind)/compose.yaml")
        let file = try StrictYAML.compose(path, as: ComposeFile.self)
        shipped.change { $0[kind] = file }
        return file
    }

    /// The services, each after those that it needs; shorter than all of them if they wait for each other.
    var order: [String] {
        var order: [String] = []
        var rest = services.keys.sorted()
        while let next = rest.first(where: { name in
            (services[name]?.needs ?? [:]).keys.allSatisfy { order.contains($0) }
        }) {
            order.append(next)
            rest.removeAll { $0 == next }
        }
        return order
    }
}
