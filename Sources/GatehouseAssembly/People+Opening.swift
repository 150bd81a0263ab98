package import GatehouseConfig
package import GatehouseCore
package import GatehouseCrypto
internal import GatehouseDatabase
package import GatehousePeople
internal import GatehouseSystem
package import GatehouseTerminal
internal import NIOCore

extension People {
    /// Opens the database that the configuration names.
    ///
    /// - Parameters:
    ///   - configuration: which database, and what passwords must be like.
    ///   - isPatient: whether statements may take a minute rather than seconds.
    ///   - makesFile: whether a missing file is made.
    ///   - onRefusal: hears of each person whose stored hash can match nothing.
    /// - Returns: the people.
    /// - Throws: `Failure.unknown` if it cannot be opened, `Failure.usage` if a file of the password rules cannot be used.
    package static func open(
        _ configuration: Configuration, isPatient: Bool = true, makesFile: Bool = true,
        onRefusal: @escaping @Sendable (UserName, HashRefusal) -> Void = { _, _ in }
    ) throws(Failure) -> People {
        let opened = try configuration.openDatabase(isPatient: isPatient, makesFile: makesFile)
        let policy = configuration.policy
        let permissions = NamedPermissions(
            needs: policy.permissionNeeds, declared: policy.permissionNames.sorted(),
            labelled: configuration.permissions.declared.map { .init($0.name, label: $0.label) })
        return People(
            opened, passwords: try configuration.passwordWork(), permissions: permissions, now: WallClock.now,
            onRefusal: onRefusal)
    }
}

extension Configuration {
    /// Who judges and hashes passwords.
    ///
    /// - Throws: `Failure.usage` if a file of a rule cannot be used.
    package func passwordWork() throws(Failure) -> PasswordWork {
        let pool = WorkerPool(
            workers: passwords.workers > 0 ? passwords.workers : System.coreCount,
            memoryBudgetKiB: passwords.memoryBudget >> 10, queueLimit: passwords.queue)
        return PasswordWork(hashers: passwordHashers, pool: pool, rules: try passwords.rules.makePolicy())
    }

    /// The sessions that have to learn of changes; with progress on a terminal where there are many.
    package var sessionDoor: SessionDoor {
        let progress = TellingProgress()
        return SessionDoor(
            open: { () async throws(StoreError) in
                let parts = try SessionParts.patient(self)
                return SessionDoor.Opened(parts.keeper) { await parts.store.close() }
            }, progress: { progress.show($0) })
    }
}
