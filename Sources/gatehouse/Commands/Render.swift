internal import ArgumentParser
internal import GatehouseCore

/// `gatehouse render`: prints the proxy's side of the configuration.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what the proxy's configuration needs.", subcommands: [RenderNginx.self])
}

/// `gatehouse render nginx`.
struct RenderNginx: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nginx",
        abstract: "Print the nginx configuration for this set-up.",
        discussion: """
            Prints the pieces one after another, each under a comment that says where it belongs. With --directory they \
            become files to include: gatehouse-http.conf in the http block, gatehouse-server.conf in each protected server \
            block, gatehouse-location.conf in each protected location above its proxy_pass.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .long, help: "Pin this application, so that the proxy's configuration and not the host chooses it.")
    var application: String?

    @Option(name: .long, help: "Write files to include into this folder instead of printing.")
    var directory: String?

    func run() throws {
        let configuration = try options.load()
        let nginx = try configuration.nginx(pinning: application)
        guard let directory else {
            print(
                [nginx.http, nginx.portal, nginx.server, nginx.location.text].filter { !$0.isEmpty }.joined(
                    separator: "\n"))
            return
        }
        try Files.makeFolder(directory, mode: 0o755)
        let files = [
            ("gatehouse-http.conf", nginx.http + nginx.portal), ("gatehouse-server.conf", nginx.server),
            ("gatehouse-location.conf", nginx.location.text),
        ]
        for (name, text) in files { try Files.replace("\(directory)/\(name)", text, mode: 0o644) }
        print("Wrote \(files.map { "\(directory)/\($0.0)" }.joined(separator: ", ")).")
    }
}
