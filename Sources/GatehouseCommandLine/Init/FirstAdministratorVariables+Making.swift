internal import GatehouseAssembly
package import GatehouseConfig
internal import GatehouseCore
internal import GatehouseLogging
internal import GatehousePeople
package import GatehouseTerminal
private import Logging

extension FirstAdministratorVariables {
    /// Makes the first administrator that variables of the environment name, if there is none.
    ///
    /// - Throws: `Failure` with a sentence that names the variable: the daemon does not start without whoever was to run it.
    package static func makeAdministrator(
        _ environment: [String: String], _ configuration: Configuration
    ) async throws(Failure) {
        let variables: FirstAdministratorVariables?
        do throws(ConfigProblems) { variables = try FirstAdministratorVariables(environment) } catch {
            throw .usage("\(error)")
        }
        guard let variables else { return }
        let people = try People.open(configuration)
        do throws(Failure) { try await variables.make(people) } catch {
            await people.close()
            throw error
        }
        await people.close()
    }

    private func make(_ people: People) async throws(Failure) {
        do throws(PeopleError) { try await people.tables.requireOwn() } catch { throw Failure(error) }
        let maker = people.firstAdministrator
        guard try await isNeeded(maker) else { return await remember(maker) }
        if try await isThere(people) {
            // Somebody took the account's rights or its life, and meant it: everybody else's doors stay open.
            Logger(label: "gatehouse").warning(
                """
                nobody is an administrator, and whom GATEHOUSE_ADMIN_NAME names is there without the rights: \
                `gatehouse user set NAME --active --superuser` gives them back
                """,
                metadata: ["user": "\(shown(name))"])
            return
        }
        if try await wasThere(maker) {
            Logger(label: "gatehouse").warning(
                """
                nobody is an administrator any more; GATEHOUSE_ADMIN_NAME makes the first one, once: \
                `gatehouse user add NAME --superuser` makes another
                """)
            return
        }
        let secret: SecretOctets
        do throws(ConfigProblems) { secret = try password() } catch { throw .usage("\(error)") }
        guard secret.octets.count <= Password.maxLength else {
            throw .usage("\(Self.passwordVariable): the password is longer than \(Password.maxLength) octets")
        }
        do throws(PeopleError) {
            let identity = try await maker.appoint(name, password: Password(secret.octets))
            Logger(label: "gatehouse").log(
                Event(
                    .administratorMade, about: .person(identity.user),
                    [
                        (.user, .text(shown(identity.name))), (.userID, "\(identity.user.id)"),
                        (.backend, "\(identity.user.backend)"),
                    ]), "first administrator made")
            await remember(maker)
        } catch {
            // Another instance that started at the same moment was first.
            guard try await isNeeded(maker) else { return }
            let variable = if case .refused(.password) = error { Self.passwordVariable } else { Self.nameVariable }
            let failure = Failure(error)
            throw Failure(code: failure.code, message: "\(variable): \(failure.message)")
        }
    }

    private func isThere(_ people: People) async throws(Failure) -> Bool {
        do throws(PeopleError) { return try await people.lookup.isSomebody(name) } catch { throw Failure(error) }
    }

    private func wasThere(_ maker: FirstAdministratorMaker) async throws(Failure) -> Bool {
        do throws(BackendError) { return try await maker.wasThere() } catch {
            throw .unknown("\(Self.nameVariable): whether there was an administrator could not be found out: \(error)")
        }
    }

    /// Without the right to write this down the daemon starts all the same.
    private func remember(_ maker: FirstAdministratorMaker) async {
        if (try? await maker.wasThere()) == true { return }
        do throws(BackendError) { try await maker.remember() } catch {
            Logger(label: "gatehouse").warning(
                "that there is an administrator could not be written down; GATEHOUSE_ADMIN_NAME would make that one anew",
                metadata: ["reason": "\(error)"])
        }
    }

    private func isNeeded(_ maker: FirstAdministratorMaker) async throws(Failure) -> Bool {
        do throws(BackendError) { return try await maker.isNeeded() } catch {
            throw .unknown("\(Self.nameVariable): whether there is an administrator could not be found out: \(error)")
        }
    }
}
