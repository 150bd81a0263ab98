/// A command that a fresh connection needs before anything else; all steps travel in one write.
struct SetupStep {
    enum Name: String {
        case authenticate = "AUTH"
        case select = "SELECT"
        case setName = "CLIENT SETNAME"
        case ping = "PING"
        case role = "HELLO"
    }

    let name: Name
    let command: RedisCommand
    /// Whether the connection is of no use if the server refuses.
    let isRequired: Bool

    /// The steps of a connection for data.
    ///
    /// The final `PING` finds out what no other step may: that a password is missing, or that the server is loading.
    static func steps(for settings: RedisSettings) -> [SetupStep] {
        var steps: [SetupStep] = []
        if let password = settings.password {
            let user = settings.username.map { [Array($0.utf8)] } ?? []
            let command = RedisCommand("AUTH", user + [password.bytes])
            steps.append(SetupStep(name: .authenticate, command: command, isRequired: true))
        }
        if settings.database != 0 {
            let command = RedisCommand("SELECT", [UInt8](decimal: Int64(settings.database)))
            steps.append(SetupStep(name: .select, command: command, isRequired: true))
        }
        let name = RedisCommand("CLIENT SETNAME", Array("gatehouse".utf8))
        steps.append(SetupStep(name: .setName, command: name, isRequired: false))
        steps.append(SetupStep(name: .ping, command: RedisCommand("PING"), isRequired: true))
        if case .master = settings.place {
            // Every user may say it, and the answer says whether this is the master: Sentinel may name one that was until now.
            let command = RedisCommand("HELLO", [UInt8](decimal: 2))
            steps.append(SetupStep(name: .role, command: command, isRequired: true))
        }
        return steps
    }

    /// What a reply to this step means; `nil` if the set-up goes on.
    func fault(in reply: RedisReply) -> LinkFault? {
        switch reply {
        case .ok, .status: name == .role ? .unexpectedSetupReply : nil
        case .error(let code): isRequired ? .refused(name, code) : nil
        case .array(let facts) where name == .role: SetupStep.isMaster(facts) ? nil : .notMaster
        case .null, .integer, .bulk, .array: .unexpectedSetupReply
        }
    }

    /// Reads what `HELLO` says: names and values in turn.
    private static func isMaster(_ facts: [RedisReply]) -> Bool {
        guard let name = facts.firstIndex(of: .bulk(Array("role".utf8))) else { return false }
        return facts.dropFirst(name + 1).first == .bulk(Array("master".utf8))
    }
}
