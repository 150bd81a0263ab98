internal import ArgumentParser
private import GatehousePasswords
internal import GatehouseTerminal

/// `gatehouse breached`: the filter of passwords that were found in data breaches.
struct Breached: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the file that the \"breached\" rule for new passwords needs.", subcommands: [BreachedBuild.self]
    )
}

/// `gatehouse breached build`.
struct BreachedBuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Turn a list of breached passwords into a compact filter.",
        discussion: """
            The list has one SHA-1 per line in 40 hexadecimal digits, alone or followed by a colon and a count, like the \
            lists of Have I Been Pwned; with --plain it has the passwords themselves. Sorted lists are fastest. The filter \
            takes 3.75 octets per line and takes 1 of 1,600,000 other passwords for a breached one. It replaces OUTPUT when \
            it is complete; the daemon reads the new one from its next start on.

            Exit codes: 0 made, 2 a list or a place that cannot be used, with the line that is wrong.
            """)

    @Argument(help: "The list.", completion: .file())
    var input: String

    @Argument(help: "The filter to write; put its path into passwords.breached.file.", completion: .file())
    var output: String

    @Flag(name: .long, help: "The list has passwords, not hashes.")
    var plain = false

    func run() async throws {
        var progress = Steps()
        let summary: BreachFilterBuilder.Summary
        do throws(PasswordsError) {
            summary = try BreachFilterBuilder.build(input: input, output: output, form: plain ? .passwords : .hashes) {
                progress.show($0)
            }
        } catch {
            progress.end()
            if case .crypto = error { throw Failure.unknown(error.message) }
            throw Failure.usage(error.message)
        }
        progress.end()
        print("Made \(output): \(summary.entries) entries, \(summary.octets) octets.")
    }
}

/// The steps of the work on a terminal, one after another.
private struct Steps {
    private var title = ""
    private var done = 0
    private var progress: Progress?

    mutating func show(_ step: BreachFilterBuilder.Progress) {
        switch step {
        case .counting(let done, let total): show("Counting, octets", done, of: total)
        case .filling(let done, let total): show("Filling, octets", done, of: total)
        case .sealing(let done, let total): show("Sealing, blocks", done, of: total)
        }
    }

    private mutating func show(_ title: StaticString, _ done: Int, of total: Int) {
        if !title.description.utf8.elementsEqual(self.title.utf8) {
            progress?.end()
            progress = Progress(title.description, of: total)
            self.title = title.description
            self.done = 0
        }
        progress?.advance(by: done - self.done)
        self.done = done
    }

    func end() { progress?.end() }
}
