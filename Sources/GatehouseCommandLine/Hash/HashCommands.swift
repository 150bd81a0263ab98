internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseFormats
internal import GatehouseTerminal

/// `gatehouse hash`.
struct HashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Make, check and measure password hashes.",
        subcommands: [HashMake.self, HashCheck.self, HashCalibrate.self])
}

/// `gatehouse hash make`.
struct HashMake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Hash a password and print what a database would hold.")

    @Option(name: .long, help: "Another kind than the preferred one: argon2, pbkdf2_sha256, bcrypt_sha256 or scrypt.")
    var hasher: String?

    @OptionGroup var password: PasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let hashers: PasswordHashers
        if let hasher {
            guard let name = PasswordsTable.HasherName(rawValue: hasher), name.isWritable else {
                throw Failure.usage("--hasher \(hasher): argon2, pbkdf2_sha256, bcrypt_sha256 or scrypt")
            }
            hashers = PasswordHashers(preferred: configuration.hasher(name))
        } else {
            hashers = configuration.passwordHashers
        }
        let password = try password.new()
        let encoded: String
        do { encoded = try hashers.make(password) } catch {
            throw Failure.unknown("the password could not be hashed: \(error)")
        }
        print(output.json ? JSON.object([("encoded", .string(encoded))]).text : encoded)
    }
}

/// `gatehouse hash check`.
struct HashCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether a password matches a stored hash.",
        discussion: "Exit codes: 0 it matches, 1 it does not, 2 usage, 3 could not find out.")

    @Argument(help: "The stored hash; it is no secret that would open anything. Quote it: it holds dollar signs.")
    var encoded: String

    @OptionGroup var password: PasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let hashers = try options.load().passwordHashers
        let password = try password.existing()
        let verification: PasswordHashers.Verification
        do { verification = try hashers.verify(password, against: encoded) } catch {
            throw Failure.unknown("the password could not be hashed: \(error)")
        }
        let refusal = hashers.refusal(of: encoded)
        if output.json {
            let members: [(key: String, value: JSON)] = [
                ("matches", .flag(verification.matches)), ("outdated", .flag(verification.mustUpdate)),
                ("understood", .flag(refusal == nil)), ("reason", refusal.map { .string("\($0)") } ?? .null),
            ]
            print(JSON.object(members).text)
        } else if verification.matches {
            print(verification.mustUpdate ? "It matches, and would be made anew at the next sign-in." : "It matches.")
        } else {
            print(refusal.map { "It matches nothing: \($0)." } ?? "It does not match.")
        }
        if !verification.matches { throw ExitCode(ExitStatus.refused) }
    }
}

/// `gatehouse hash calibrate`.
struct HashCalibrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measure what a hash costs on this machine, and propose argon2's parameters.",
        discussion: "Run it where the daemon runs, while nothing else does. 100 to 250 ms for each sign-in is the aim.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let names = PasswordsTable.HasherName.allCases.filter(\.isWritable)
        let calibration: HashCalibration
        do {
            calibration = try HashCalibration(of: names.map { ($0.rawValue, configuration.hasher($0)) })
        } catch {
            throw Failure.unknown("\(error)")
        }
        report(calibration, preferred: configuration.passwords.hashers.first?.rawValue ?? "argon2")
    }

    private func report(_ calibration: HashCalibration, preferred: String) {
        let (kinds, proposal, cost) = (calibration.kinds, calibration.proposal, calibration.milliseconds)
        let floor = calibration.failureFloor
        if output.json {
            let hashers = kinds.map { kind in
                JSON.object([
                    ("name", .string(kind.name)), ("milliseconds", .number(kind.milliseconds)),
                    ("memory_kib", .number(kind.memoryKiB)), ("preferred", .flag(kind.name == preferred)),
                ])
            }
            let proposed = JSON.object([
                ("argon2_memory_kib", .number(proposal.memoryKiB)), ("argon2_iterations", .number(proposal.iterations)),
                ("argon2_parallelism", .number(proposal.parallelism)), ("milliseconds", .number(cost)),
                ("failure_floor_ms", .number(floor)),
            ])
            print(JSON.object([("hashers", .array(hashers)), ("proposal", proposed)]).text)
            return
        }
        var listing = Listing(["HASHER", "MS", "MEMORY"], isJSON: false)
        for kind in kinds {
            listing.add(
                [
                    kind.name + (kind.name == preferred ? " (preferred)" : ""), String(kind.milliseconds),
                    kind.memoryKiB >= 1_024 ? "\(kind.memoryKiB / 1_024) MiB" : "\(kind.memoryKiB) KiB",
                ], .null)
        }
        listing.end("")
        print(
            """

            For \(cost) ms on this machine:

            [passwords]
            argon2_memory = "\(proposal.memoryKiB / 1_024)MiB"
            argon2_iterations = \(proposal.iterations)
            argon2_parallelism = \(proposal.parallelism)
            failure_floor = "\(floor)ms"
            """)
    }
}
