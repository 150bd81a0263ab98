internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
private import GatehouseCrypto
private import GatehouseRender
internal import GatehouseTerminal

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
            block, gatehouse-location.conf as the first line of each protected location. Each proves that the others are there: \
            nginx does not start, or the location is refused.

            A portal on a host of its own also gets gatehouse-portal.conf for the http block. With --certificate and --key it \
            is complete and written anew each time; without them it is written once, and yours from then on.

            Files that were changed by hand are written anew, too; what was there is kept under another name, and the command \
            says so. Reload nginx afterwards.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(name: .long, help: "Pin this application, so that the proxy's configuration and not the host chooses it.")
    var application: String?

    @Option(name: .long, help: "Write files to include into this folder instead of printing.")
    var directory: String?

    @Option(name: .long, help: "The certificate of the portal's own host, as nginx will read it.")
    var certificate: String?

    @Option(name: .long, help: "The key of that certificate.")
    var key: String?

    @Option(
        name: .long,
        help:
            "What the portal's own server listens on, like \"443 ssl\"; may be repeated. Default: the port of portal.url."
    )
    var listen: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How nginx reaches checks, like 10.0.0.7:9180; repeat it for several instances.",
            discussion: "Default: the first address of check.listen.", valueName: "server"))
    var checkServer: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How nginx reaches the portal, like 10.0.0.7:9181; repeat it for several instances.",
            discussion: "Default: the first address of portal.listen.", valueName: "server"))
    var portalServer: [String] = []

    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Let applications hand a request on with X-Accel-Redirect.",
            discussion: "Only the address that the browser asked for is judged then, not the one handed on to."))
    var obeyAccelRedirect = false

    func validate() throws {
        if (certificate == nil) != (key == nil) {
            throw ValidationError("--certificate and --key belong together: give both or none")
        }
        for value in [certificate, key].compactMap(\.self) where !RenderNginx.isOneWord(value) {
            throw ValidationError(
                "\(value): nginx cannot read such a path here: no blanks, quotes, or any of ; { } $ # \\")
        }
        for value in listen where !value.split(separator: " ").allSatisfy({ RenderNginx.isOneWord(String($0)) }) {
            throw ValidationError("--listen \(value): must be what stands behind nginx's `listen`, like \"443 ssl\"")
        }
        for (name, values) in [("check-server", checkServer), ("portal-server", portalServer)] {
            for value in values where !RenderNginx.isOneWord(value) {
                throw ValidationError(
                    "--\(name) \(value): must be an address like 10.0.0.7:9180 or unix:/run/gatehouse/check.sock")
            }
        }
    }

    func run() throws {
        let configuration = try options.load()
        let certificate = certificate.flatMap { certificate in key.map { (certificate: certificate, key: $0) } }
        let nginx = try configuration.nginx(
            pinning: application, portal: try configuration.nginxPortal(listen: listen, certificate: certificate),
            servers: (check: checkServer, portal: portalServer), obeysAccelRedirect: obeyAccelRedirect)
        let portal = nginx.portalServerBlock
        guard let directory else {
            print(
                [nginx.http, portal, nginx.server, nginx.location].filter { !$0.isEmpty }.joined(separator: "\n"))
            return
        }
        try Files.makeFolder(directory, mode: 0o755)
        var files = [
            RenderedFile(name: "gatehouse-http.conf", text: nginx.http),
            RenderedFile(name: "gatehouse-server.conf", text: nginx.server),
            RenderedFile(name: "gatehouse-location.conf", text: nginx.location),
        ]
        if !portal.isEmpty {
            files.append(
                RenderedFile(name: "gatehouse-portal.conf", text: portal, isWrittenOnce: !nginx.portal.isComplete))
        }
        for file in files { try write(file, into: directory) }
    }

    /// Writes a file into the folder, and says what became of it.
    private func write(_ file: RenderedFile, into directory: String) throws(Failure) {
        let path = "\(directory)/\(file.name)"
        let found = try found(at: path, file)
        let step: RenderedFile.Step
        do { step = try file.step(over: found, now: WallClock.now()) } catch {
            throw .unknown("no digest could be made: \(error)")
        }
        switch step {
        case .make(let text):
            try Files.create(path, text, mode: 0o644)
            let rest = ", once: it is yours now. Add the certificate's lines to it before you reload nginx."
            print("Wrote \(path)\(file.isWrittenOnce ? rest : ".")")
        case .leave: print("\(path) is as it should be.")
        case .keep: print("\(path) is yours and was left alone; remove it to have it written again.")
        case .replace(let text):
            try Files.replace(path, text, mode: 0o644)
            print("Wrote \(path).")
        case .replaceKeepingCopy(let text, let copy):
            try Files.replace("\(directory)/\(copy)", found ?? "", mode: 0o644)
            try Files.replace(path, text, mode: 0o644)
            print("Wrote \(path). It had been changed by hand: what was there is in \(directory)/\(copy).")
        }
    }

    /// What a file holds; `nil` if there is none.
    ///
    /// One that is written once is not read.
    private func found(at path: String, _ file: RenderedFile) throws(Failure) -> String? {
        guard Files.exists(path) else { return nil }
        if file.isWrittenOnce { return "" }
        guard let octets = Files.read(path, limit: 1 << 20) else {
            throw .usage("\(path): cannot be read: \(Files.reason())")
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Whether nginx reads a text as one parameter, without variables or a comment.
    private static func isOneWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !";{}$#\"'\\".utf8.contains($0) }
    }
}
