package import GatehouseCore

/// The first administrator that variables of the environment name, for set-ups that nobody attends.
package struct FirstAdministratorVariables: Sendable {
    /// As it was typed.
    package let name: String
    private let passwordFile: String
    private let environment: [String: String]

    /// The name of the variable that the name is in, for messages.
    package static let nameVariable = Overrides.Own.adminName
    /// The one for the password's file.
    package static let passwordVariable = Overrides.Own.adminPasswordFile

    /// Reads the two variables; `nil` without both, and what is empty counts as not there.
    ///
    /// - Throws: `ConfigProblems` if one is there without the other.
    package init?(_ environment: [String: String]) throws(ConfigProblems) {
        func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        let (nameVariable, passwordVariable) = (Self.nameVariable, Self.passwordVariable)
        switch (value(nameVariable), value(passwordVariable)) {
        case (nil, nil): return nil
        case (let name?, let file?):
            self.name = name
            passwordFile = file
            self.environment = environment
        case (nil, _?):
            throw ConfigProblems([
                ConfigProblem(source: passwordVariable, message: "needs \(nameVariable), too: whose password it is")
            ])
        case (_?, nil):
            throw ConfigProblems([
                ConfigProblem(
                    source: nameVariable,
                    message: "needs \(passwordVariable), too: a file that holds the password in its first line")
            ])
        }
    }

    /// The password; read only when somebody is to be made, so that its file may be gone afterwards.
    ///
    /// - Throws: `ConfigProblems` if the file cannot be read, is empty or can be read by others.
    package func password() throws(ConfigProblems) -> SecretOctets {
        let log = ProblemLog(file: nil)
        let folders = BaseFolders(file: ".", EnvironmentDefaults(environment, log: log))
        let secrets = SecretReader(folders: folders, environment: environment, log: log)
        let reference = Found(
            value: "file:\(passwordFile)", place: .environment(FirstAdministratorVariables.passwordVariable), key: "")
        guard let octets = secrets.secret(reference)?.octets else { throw ConfigProblems(log.sortedProblems) }
        return SecretOctets(Array(octets.prefix { $0 != 0x0A && $0 != 0x0D }))
    }
}
