/// A command that a fresh connection needs before anything else; all steps travel in one write.
struct SetupStep {
    enum Name: String {
        case authenticate = "AUTH"
        case select = "SELECT"
        case setName = "CLIENT SETNAME"
        case ping = "PING"
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
        return steps
    }

    /// What a reply to this step means; `nil` if the set-up goes on.
    func fault(in reply: RedisReply) -> LinkFault? {
        switch reply {
        case .ok, .status: nil
        case .error(let code): isRequired ? .refused(name, code) : nil
        case .null, .integer, .bulk, .array: .unexpectedSetupReply
        }
    }
}
