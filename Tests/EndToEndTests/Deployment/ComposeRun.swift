internal import Foundation
internal import GatehouseTestSupport
internal import Glibc

/// The services of a shipped compose file as processes on loopback: the same commands with the same files, in the same order.
///
/// What a container would have of its own (paths, names, ports) is replaced in both.
final class ComposeRun {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What a service is here.
    private struct Place {
        let names: LoopbackNames
        let environment: [String: String]
        var process: ChildProcess?
    }

    let file: ComposeFile
    /// Where the proxy is published.
    let port: UInt16
    private let home: String
    private let folder: TemporaryFolder
    private let redisPort: UInt16
    private let ports: (check: UInt16, portal: UInt16, admin: UInt16)
    private let common: [(String, String)]
    private var places: [String: Place] = [:]

    /// Reads the file in this folder below `deploy/compose`.
    init(_ kind: String) throws {
        home = Repository.file("deploy/compose/\(kind)")
        file = try ComposeFile.shipped(kind)
        folder = try TemporaryFolder()
        var ports: [UInt16] = []
        for _ in 0..<6 { ports.append(try FreePort.any()) }
        (port, redisPort) = (ports[0], ports[1])
        let (check, portal, app) = (ports[2], ports[3], ports[4])
        self.ports = (check, portal, ports[5])
        common = [
            ("localhost:8080", "localhost:\(port)"), ("listen 8080;", "listen 127.0.0.1:\(port);"),
            ("\":8080\"", "\"127.0.0.1:\(port)\""), ("redis:6379", "127.0.0.1:\(redisPort)"),
            ("gatehouse:9180", "127.0.0.1:\(check)"), ("gatehouse:9181", "127.0.0.1:\(portal)"),
            ("app:8081", "127.0.0.1:\(app)"), ("8081", "\(app)"), ("0.0.0.0", "127.0.0.1"),
            ("172.29.180.0/28", "127.0.0.1/32"),
            // nginx started by root would work as somebody who may not enter the folder.
            ("daemon off;", getuid() == 0 ? "daemon off; user root;" : "daemon off;"),
        ]
    }

    /// Starts every service when those it needs are as it wants them.
    func start() async throws {
        for name in file.order {
            guard let service = file.services[name] else { continue }
            for (needed, wish) in (service.needs ?? [:]) {
                guard wish["condition"] == "service_healthy" else {
                    throw Failure(description: "\(name) wants of \(needed): \(wish)")
                }
                try await waitUntilHealthy(needed)
            }
            var place = try place(of: name, service)
            let (program, arguments) = command(service.command, service, place)
            place.process = try Server.start(
                program, arguments, environment: place.environment, output: folder.file("\(name).log"))
            places[name] = place
        }
    }

    func stop() {
        for name in file.order.reversed() { if let process = places[name]?.process { Server.stop(process) } }
    }

    /// What the services said.
    var logs: String {
        file.order.map { name in
            "--- \(name)\n"
                + ((try? String(contentsOfFile: folder.file("\(name).log"), encoding: .utf8)) ?? "").suffix(3_000)
        }.joined(separator: "\n")
    }

    /// The administrator's password, as whoever follows the first lines of the file makes it.
    let password = "a long way to the gate"

    // MARK: - One service

    private func place(of name: String, _ service: ComposeFile.Service) throws -> Place {
        var names = LoopbackNames(common)
        var copies: [(from: String, to: String)] = []
        for (source, target) in service.mounts {
            let path = source.hasPrefix(".") ? folder.file(name + target) : folder.file("volume-\(source)")
            names.add(target, path)
            if source.hasPrefix(".") { copies.append(("\(home)/\(source)", path)) } else { try makeFolder(path) }
        }
        for path in service.temporaryFolders {
            names.add(path, folder.file(name + path))
            try makeFolder(folder.file(name + path))
        }
        for secret in service.secrets ?? [] {
            names.add("/run/secrets/\(secret)", try folder.write(password + "\n", to: "secret-\(secret)"))
        }
        for (from, to) in copies { try copy(from, to, names) }
        var environment = Tools.environment
        for (variable, value) in service.environment ?? [:] { environment[variable] = names.text(value) }
        if service.image == "gatehouse" { addImage(to: &environment, names) }
        // The image of Caddy says so.
        if service.image.hasPrefix("caddy:") {
            environment["XDG_DATA_HOME"] = names.text("/data")
            environment["XDG_CONFIG_HOME"] = names.text("/config")
        }
        return Place(names: names, environment: environment, process: nil)
    }

    /// What Gatehouse's image brings.
    private func addImage(to environment: inout [String: String], _ names: LoopbackNames) {
        environment["GATEHOUSE_CONFIG"] = names.text("/etc/gatehouse/gatehouse.toml")
        environment["GATEHOUSE_ADMIN__LISTEN"] = "127.0.0.1:\(ports.admin)"
        if file.volumes["sockets"] == nil {
            environment["GATEHOUSE_CHECK__LISTEN"] = "127.0.0.1:\(ports.check)"
            environment["GATEHOUSE_PORTAL__LISTEN"] = "127.0.0.1:\(ports.portal)"
        }
        environment["GATEHOUSE_DATA"] = names.text("/data")
    }

    private func command(
        _ words: [String], _ service: ComposeFile.Service, _ place: Place
    ) -> (program: String, arguments: [String]) {
        var words = words.map { place.names.text($0) }
        let gatehouse = (try? Repository.gatehouse()) ?? ""
        switch service.image.prefix(while: { $0 != ":" }) {
        case "gatehouse":
            // The image's entry point; a health check names the program itself.
            if words.first == "/usr/bin/gatehouse" { words.removeFirst() }
            return (gatehouse, words)
        case "redis" where words[0] == "redis-server":
            return (words[0], words.dropFirst() + ["--port", "\(redisPort)", "--bind", "127.0.0.1"])
        case "traefik": return (Traefik.binary ?? words[0], Array(words.dropFirst()))
        case "caddy": return (Caddy.newer ?? words[0], Array(words.dropFirst()))
        default: return (words[0], Array(words.dropFirst()))
        }
    }

    private func waitUntilHealthy(_ name: String) async throws {
        guard let service = file.services[name], let test = service.healthcheck?.test, let place = places[name],
            test.first == "CMD"
        else { throw Failure(description: "\(name) has no health check") }
        let (program, arguments) = command(Array(test.dropFirst()), service, place)
        let isHealthy = try await eventually(within: .seconds(60)) {
            guard place.process?.isRunning == true else { return true }
            return try Tools.run(program, arguments, environment: place.environment).status == 0
        }
        guard isHealthy, place.process?.isRunning == true else {
            throw Failure(description: "\(name) does not become healthy\n\(logs)")
        }
    }

    // MARK: - Files

    private func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// A file, or the files of a folder.
    private func copy(_ from: String, _ to: String, _ names: LoopbackNames) throws {
        if let files = try? FileManager.default.contentsOfDirectory(atPath: from) {
            for name in files { try copy("\(from)/\(name)", "\(to)/\(name)", names) }
            return
        }
        try makeFolder(URL(fileURLWithPath: to).deletingLastPathComponent().path)
        let text = names.text(try String(contentsOfFile: from, encoding: .utf8))
        try Data(text.utf8).write(to: URL(fileURLWithPath: to))
    }
}
