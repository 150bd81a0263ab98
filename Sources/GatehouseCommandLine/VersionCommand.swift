internal import ArgumentParser
internal import GatehouseAssembly

/// `gatehouse version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { print("gatehouse \(Version.text)") }
}
