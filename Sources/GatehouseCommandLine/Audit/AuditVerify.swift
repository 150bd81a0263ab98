internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseFormats
internal import GatehouseLogging
internal import GatehouseTerminal

/// `gatehouse audit verify`.
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Find out whether a chained audit file is what was written.",
        discussion: """
            Give all files of the chain, the oldest first. No line in them can have been altered, put in, moved or taken out by \
            anybody who does not have keys.lookup. What was cut off at the end shows by the last number alone: keep it elsewhere.

            Exit codes: 0 intact, 1 broken, each place with its line, 2 usage or configuration, 3 a file cannot be read.
            """)

    @Argument(help: "The files, the oldest first.")
    var files: [String]

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var verifier = ChainVerifier(try options.load().auditKey())
        for file in files {
            do { try verifier.read(file) } catch { throw Failure.unknown("\(file): cannot be read: \(error)") }
        }
        guard let first = verifier.first, let last = verifier.last else {
            throw Failure.refused("no line of a chain: was it written with log.audit_chain = true?")
        }
        if output.json {
            print(JSON.object(members(verifier, first, last)).text)
        } else {
            say(verifier, first, last)
        }
        if !verifier.breaks.isEmpty { throw ExitCode(ExitStatus.refused) }
    }

    private func say(_ verifier: ChainVerifier, _ first: ChainLink, _ last: ChainLink) {
        for found in verifier.breaks { print(shown(found)) }
        if verifier.hasMore { print("and more") }
        if verifier.uncovered > 0 {
            print("Lines before the chain began, which nothing vouches for: \(verifier.uncovered).")
        }
        if first.number > 1 { print("What came before number \(first.number) is not in these files.") }
        let result = verifier.breaks.isEmpty ? "Intact" : "Broken"
        print("\(result): \(verifier.count) lines, number \(first.number) to \(last.number).")
        print("The last tag is \(String(decoding: last.tag, as: UTF8.self)).")
    }

    private func members(
        _ verifier: ChainVerifier, _ first: ChainLink, _ last: ChainLink
    ) -> [(key: String, value: JSON)] {
        let breaks = verifier.breaks.map { found in
            JSON.object([
                ("file", .string(found.file)), ("line", .number(found.line)), ("what", .string("\(found)")),
            ])
        }
        return [
            ("intact", .flag(breaks.isEmpty)), ("lines", .number(verifier.count)), ("first", .number(first.number)),
            ("last", .number(last.number)), ("last_tag", .string(String(decoding: last.tag, as: UTF8.self))),
            ("uncovered", .number(verifier.uncovered)), ("breaks", .array(breaks)), ("more", .flag(verifier.hasMore)),
        ]
    }
}
