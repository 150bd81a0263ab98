internal import GatehouseCore

// Wide: one property per key of the table.
/// `[passwords]`: how passwords are hashed, and what hashing may cost.
package struct PasswordsTable: Sendable {
    /// Octets that all hashes in work may take together.
    package let memoryBudget: Int
    /// Sign-ins that may wait for a worker; beyond it the answer is 503.
    package let queue: Int
    /// 0 stands for one per core.
    package let workers: Int
    /// In KiB, as argon2 counts it.
    package let argon2Memory: Int
    package let argon2Iterations: Int
    package let argon2Parallelism: Int
    package let pbkdf2Iterations: Int
    /// The logarithm of bcrypt's rounds.
    package let bcryptCost: Int
    /// In KiB: the most that comparing with a stored hash may take.
    package let verifyMemory: Int
    /// How many times the standard time comparing with a stored hash may take.
    package let verifyWork: Int
    /// Which kinds are understood; the first one makes new hashes.
    package let hashers: [HasherName]
    /// What new passwords must be like.
    package let rules: PasswordRulesTable
    /// The least time that a failed sign-in takes, so that nobody learns from it why.
    package let failureFloor: Duration
    /// How long a link for a new password works.
    package let resetLifetime: Duration
    /// At most one key writes, all of them read; empty without a pepper.
    package let pepper: [KeysTable.SealKey]

    /// The kinds of hashes, by the names that Django stores; `crypt` stands for those of htpasswd and shadow files, Authelia and
    /// passlib.
    package enum HasherName: String, CaseIterable, Sendable {
        case argon2
        case pbkdf2SHA256 = "pbkdf2_sha256"
        case pbkdf2SHA1 = "pbkdf2_sha1"
        case bcryptSHA256 = "bcrypt_sha256"
        case bcrypt
        case scrypt
        case crypt
        case md5

        /// Whether new hashes may be of this kind.
        package var isWritable: Bool {
            switch self {
            case .argon2, .pbkdf2SHA256, .bcryptSHA256, .scrypt: true
            case .pbkdf2SHA1, .bcrypt, .crypt, .md5: false
            }
        }
    }

    private enum Profile: String, CaseIterable {
        case gatehouse, django
    }

    /// What a stored hash may ask for has limits of its own, which can only be raised.
    ///
    /// Source of the floors: OWASP Password Storage Cheat Sheet; ASVS 5.0, appendix C. Source of the profile: Django 5.2.
    init(_ table: TableReader, _ secrets: SecretReader) {
        let isDjango = table.choice("profile", Profile.self) == .django
        let budget = table.size("memory_budget", in: (19 << 20)...(64 << 30))
        let memory = table.size("argon2_memory", in: (19_456 << 10)...(256 << 20))
        let iterations = table.integer("argon2_iterations", in: 1...16)
        let parallelism = table.integer("argon2_parallelism", in: 1...16)
        let rounds = table.integer("pbkdf2_iterations", in: 600_000...10_000_000)
        let cost = table.integer("bcrypt_cost", in: 10...14)
        verifyMemory = (table.size("verify_memory", in: (256 << 20)...(4 << 30))?.value ?? 256 << 20) >> 10
        verifyWork = table.integer("verify_work", in: 1...16)?.value ?? 1
        memoryBudget = budget?.value ?? 256 << 20
        queue = table.integer("queue", in: 1...10_000)?.value ?? 64
        workers = table.integer("workers", in: 0...256)?.value ?? 0
        argon2Memory = isDjango ? 102_400 : (memory?.value ?? 46 << 20) >> 10
        argon2Iterations = isDjango ? 2 : iterations?.value ?? 1
        argon2Parallelism = isDjango ? 8 : parallelism?.value ?? 1
        pbkdf2Iterations = isDjango ? 1_000_000 : rounds?.value ?? 1_000_000
        bcryptCost = isDjango ? 12 : cost?.value ?? 12
        if isDjango {
            let own = [
                (memory?.key, memory?.place), (iterations?.key, iterations?.place),
                (parallelism?.key, parallelism?.place),
                (rounds?.key, rounds?.place), (cost?.key, cost?.place),
            ]
            for case (let key?, let place?) in own {
                table.log.add(place, key, "contradicts passwords.profile = \"django\", which takes Django's own value")
            }
        } else if argon2Iterations == 1, argon2Memory < 47_104 {
            let place = memory?.place ?? iterations?.place ?? table.place
            table.log.add(
                place, table.key("argon2_memory"),
                "must be at least 46MiB with argon2_iterations = 1, is \(SizeText.text(argon2Memory << 10)); "
                    + "from 2 iterations on 19MiB are enough")
        }
        if memoryBudget < argon2Memory << 10 {
            let place = budget?.place ?? memory?.place ?? table.place
            table.log.add(
                place, table.key("memory_budget"),
                "must hold at least one hash, is \(SizeText.text(memoryBudget)) "
                    + "(argon2_memory is \(SizeText.text(argon2Memory << 10)))")
        }
        let allowsLegacy = table.boolean("allow_legacy")?.value ?? false
        hashers = PasswordsTable.hashers(table, isDjango: isDjango, allowsLegacy: allowsLegacy)
        failureFloor =
            table.duration("failure_floor", in: .milliseconds(100)...(.seconds(10)))?.value ?? .milliseconds(500)
        resetLifetime =
            table.duration("reset_lifetime", in: .seconds(300)...(.seconds(259_200)))?.value ?? .seconds(3_600)
        rules = PasswordRulesTable(table, folders: secrets.folders)
        pepper = PasswordsTable.pepper(table, secrets, isDjango: isDjango, preferred: hashers.first)
        table.finish()
    }

    private static func hashers(_ table: TableReader, isDjango: Bool, allowsLegacy: Bool) -> [HasherName] {
        var standard = HasherName.allCases.filter { $0 != .md5 || allowsLegacy }
        if isDjango {
            standard.removeAll { $0 == .pbkdf2SHA256 }
            standard.insert(.pbkdf2SHA256, at: 0)
        }
        guard let texts = table.strings("hashers") else { return standard }
        var names: [HasherName] = []
        for text in texts {
            guard let name = HasherName(rawValue: text.value) else {
                table.log.add(text, "must be \(Shown.choices(HasherName.allCases.map(\.rawValue))), is \(text.seen)")
                continue
            }
            if name == .md5, !allowsLegacy {
                table.log.add(
                    text,
                    "\(text.seen) can be tried a thousand million times a second; passwords.allow_legacy = true lets it in"
                )
            }
            if names.contains(name) { table.log.add(text, "names \(text.seen) twice") }
            if names.isEmpty, !name.isWritable {
                let writable = HasherName.allCases.filter(\.isWritable).map(\.rawValue)
                table.log.add(
                    text, "must begin with one that makes new hashes: \(Shown.choices(writable)), is \(text.seen)")
            }
            names.append(name)
        }
        if texts.isEmpty {
            table.log.add(table.value("hashers")?.place ?? table.place, table.key("hashers"), "must name at least one")
        }
        return names.isEmpty ? standard : names
    }

    private static func pepper(
        _ table: TableReader, _ secrets: SecretReader, isDjango: Bool, preferred: HasherName?
    ) -> [KeysTable.SealKey] {
        guard let reference = table.secretText("pepper") else { return [] }
        if isDjango {
            table.log.add(reference, "contradicts passwords.profile = \"django\": Django cannot read such hashes")
        }
        if preferred == .scrypt {
            table.log.add(reference, "does not fit into Django's column of 128 characters beside \"scrypt\"")
        }
        return secrets.secret(reference).flatMap { KeysTable.ring($0, reference, table.log) } ?? []
    }
}
