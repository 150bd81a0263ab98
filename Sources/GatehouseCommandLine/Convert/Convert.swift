internal import ArgumentParser
internal import GatehouseImport
internal import GatehouseTerminal

/// `gatehouse convert`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Make a configuration of another product's.",
        discussion: """
            FILE is Authelia's configuration.yml, tinyauth's environment (lines of NAME=value), or oauth2-proxy's configuration \
            (TOML, or its options, one a line). The configuration is printed; comments at its top name what could not be carried \
            over, and what is left to do. What has no equal closes what it was about, so that nobody gets in who did not before. \
            People and their passwords are taken over by `gatehouse user import`.

            Exit codes: 0 done, 1 the file is not what it is said to be, 2 usage, or it cannot be read.
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(name: .long, help: "What it is: authelia, tinyauth or oauth2-proxy; guessed if it is not said.")
    var format: String?

    @Flag(name: .long, help: "Let a password alone do where a second factor was asked for.")
    var passwordIsEnough = false

    func run() throws {
        var wanted: Conversion.Format?
        if let format {
            wanted = Conversion.Format(rawValue: format)
            guard wanted != nil else {
                let known = Conversion.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure.usage("--format \(shown(format)): one of \(known)")
            }
        }
        var wishes = Conversion.Wishes()
        wishes.passwordIsEnough = passwordIsEnough
        do throws(ImportError) {
            let bytes = try FileBytes(path: file)
            let head = try bytes.head()
            guard let format = wanted ?? Conversion.Format.guess(path: file, head: head) else {
                if ImportFormat.guess(path: file, head: head) == .htpasswd {
                    throw .malformed(line: 1, reason: "holds people, not settings: take `gatehouse user import` for it")
                }
                throw .unreadable(reason: "nothing tells what kind of file it is: say --format")
            }
            let conversion = try Conversion(bytes, format, wishes)
            print(conversion.text)
            if !conversion.lost.isEmpty {
                Terminal.complain(
                    "\(shown(file)): read as \(format.title); \(conversion.lost.count) things could not be carried over as they are, "
                        + "see the comments at the top")
            }
        } catch {
            switch error {
            case .malformed(let line, let reason): throw Failure.refused("\(shown(file)):\(line): \(reason)")
            case .unreadable(let reason): throw Failure.usage("\(shown(file)): \(reason)")
            case .unavailable(let reason): throw Failure.unknown("\(shown(file)): \(reason)")
            case .refused(let reason): throw Failure.refused("\(shown(file)): \(reason)")
            }
        }
    }
}
