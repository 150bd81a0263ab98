internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePasswords
private import GatehousePeople
internal import GatehouseSystem
internal import GatehouseTerminal
private import Glibc

/// The first administrator that `gatehouse init` makes: named by an option, or asked for at a terminal.
struct FirstAdministratorOptions: ParsableArguments {
    @Option(name: .long, help: "Also make a first user of this name, a superuser; asks for the password.")
    var user: String?

    @Flag(name: .customLong("no-user"), help: "Make no user, and ask for none at a terminal.")
    var makesNone = false

    @OptionGroup var password: PasswordOptions

    func validate() throws {
        if makesNone, user != nil { throw ValidationError("--user and --no-user exclude each other") }
    }

    /// Somebody with a name and a password that nothing stands against.
    struct Administrator {
        let name: UserName
        let password: Password
    }

    /// Takes the options, or asks; `nil` if there is to be nobody yet.
    ///
    /// Nothing is asked where output goes to a file: whoever writes a script is not there to answer.
    ///
    /// - Throws: `Failure.refused` for a name or a password that cannot be taken.
    func administrator(_ configuration: Configuration) async throws(Failure) -> Administrator? {
        let isAsked = user == nil && !makesNone && Terminal.isInteractive && isatty(STDOUT_FILENO) == 1
        let name: UserName
        if let user {
            name = try FirstAdministratorOptions.name(user)
        } else if isAsked, let typed = try FirstAdministratorOptions.asked() {
            name = typed
        } else {
            return nil
        }
        let password = try await password.new(try configuration.passwordWork().judge(ofNewcomer: name))
        return Administrator(name: name, password: password)
    }

    /// A name typed at the terminal; `nil` for none.
    private static func asked() throws(Failure) -> UserName? {
        Terminal.complain("The first administrator, who may do everything; Enter for none yet.")
        while true {
            Terminal.write(Array("Name: ".utf8))
            let typed = Terminal.readLineBytes(limit: 1_024)
            guard !typed.isEmpty else { return nil }
            do throws(Failure) { return try name(String(decoding: typed, as: UTF8.self)) } catch {
                Terminal.complain(error.message)
            }
        }
    }

    private static func name(_ typed: String) throws(Failure) -> UserName {
        do throws(DatabaseError) { return try UserNameRule.normalized(typed) } catch {
            throw .refused("\(shown(typed)): \(error)")
        }
    }
}
