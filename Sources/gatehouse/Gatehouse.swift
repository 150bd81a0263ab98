// Linked, and not called.
private import CDispatchPool
internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCommandLine
private import GatehousePeople
internal import GatehouseTerminal
private import Glibc

/// The program: a subcommand for everything an operator does.
@main
struct Gatehouse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "Decides who gets in, beside a reverse proxy.",
        discussion: """
            Start with `gatehouse init`, then `gatehouse serve`. The configuration is --config, else $GATEHOUSE_CONFIG, \
            else ./gatehouse.toml, else /etc/gatehouse/gatehouse.toml.

            Exit codes: 0 yes or done, 1 no or refused, 2 usage or configuration, 3 could not find out, or could not print \
            the answer.

            Completions: `gatehouse --generate-completion-script bash` (or zsh, fish) prints a script for your shell.
            """,
        version: Version.text,
        subcommands: [Serve.self] + Subcommands.all)

    static func main() async {
        // A peer that closes early must be an error of that write, not the end of the program.
        _ = signal(SIGPIPE, SIG_IGN)
        Glibc.exit(Output.finish(await status()))
    }

    /// Runs the command that was asked for.
    private static func status() async -> Int32 {
        // They are read there. Without them it would be "help", and done: no answer to whoever asked for `serve`.
        guard !CommandLine.arguments.isEmpty else {
            return complain(.usage("the arguments cannot be read: /proc is missing; mount it"))
        }
        do {
            let command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                var synchronous = command
                try synchronous.run()
            }
            return ExitStatus.done
        } catch let failure as Failure {
            return complain(failure)
        } catch let error as PeopleError {
            return complain(Failure(error))
        } catch {
            let code = exitCode(for: error)
            // A command that has said its answer ends with a bare code.
            if let answer = error as? ExitCode { return answer.rawValue }
            if code == .success {
                Output.line(fullMessage(for: error))
                return ExitStatus.done
            }
            Terminal.complain(fullMessage(for: error))
            return ExitStatus.usage
        }
    }

    private static func complain(_ failure: Failure) -> Int32 {
        Terminal.complain(failure.message)
        return failure.code
    }
}
