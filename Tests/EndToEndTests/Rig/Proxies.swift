internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// A proxy that is started with a configuration from `deploy/`.
protocol ShippedProxy: Sendable {
    /// The files of its configuration by their names, as they are shipped, with the addresses of a stack; `home` is the folder
    /// that they will lie in.
    func files(in home: String, _ site: ProxySite) throws -> [String: String]

    /// How it is started with the files in a folder.
    func command(in home: String) throws -> ProxyCommand
}

/// What a proxy stands in front of.
struct ProxySite: Sendable {
    let ports: Stack.Ports
    /// The host of the application and of the portal, without a port.
    let host: String
    /// Gatehouse's configuration, and the program that renders from it.
    let config: String
    let binary: String
}

struct ProxyCommand: Sendable {
    let program: String
    let arguments: [String]
    var environment: [String: String] = [:]
}

extension ShippedProxy {
    /// Starts it with the given files; it logs to `proxy.log` of the folder above.
    func start(in folder: TemporaryFolder, files: [String: String]) throws -> ChildProcess {
        let home = folder.file("proxy")
        // nginx started by root works as another user, who must get through to the folders for temporary files.
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        for (name, text) in files { try folder.write(text, to: "proxy/\(name)") }
        let command = try command(in: home)
        return try Server.start(
            command.program, command.arguments,
            environment: Tools.environment.merging(command.environment) { $1 }, output: folder.file("proxy.log"))
    }
}

/// nginx with what `gatehouse render nginx` writes, which is what `deploy/nginx` holds.
struct Nginx: ShippedProxy {
    /// What stands in its `server` block beside `gatehouse-server.conf`.
    var locations = """
        location / {
            include gatehouse-location.conf;
            proxy_pass http://app;
        }
        """
    /// The `server` block's own lines before them.
    var server = "include gatehouse-server.conf;"
    /// More `server` blocks, and lines of `http`.
    var more = ""
    /// Parameters of its `listen` line.
    var listen = ""
    /// More that `gatehouse render nginx` is told.
    var arguments: [String] = []

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let folder = try TemporaryFolder()
        let own = ["render", "nginx", "--config", site.config, "--directory", folder.file("nginx")]
        let (status, output) = try Tools.run(site.binary, own + arguments)
        guard status == 0 else { throw Stack.Failure(description: "render nginx: \(output)") }
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("nginx")) {
            files[name] = try String(contentsOfFile: folder.file("nginx/\(name)"), encoding: .utf8)
        }
        files["nginx.conf"] = """
            worker_processes 1;
            daemon off;
            pid \(home)/pid;
            error_log stderr warn;
            events { worker_connections 2048; }
            http {
                access_log off;
                client_body_temp_path \(home)/body;
                proxy_temp_path \(home)/temporary;
                fastcgi_temp_path \(home)/fastcgi;
                uwsgi_temp_path \(home)/uwsgi;
                scgi_temp_path \(home)/scgi;
                include gatehouse-http.conf;
                upstream app { server 127.0.0.1:\(site.ports.application); keepalive 8; }
                server {
                    listen 127.0.0.1:\(site.ports.proxy) \(listen);
                    server_name \(site.host);
                    \(server)
                    \(locations)
                }
                \(more)
            }
            """
        return files
    }

    func command(in home: String) -> ProxyCommand {
        ProxyCommand(program: "nginx", arguments: ["-e", "stderr", "-p", home, "-c", "\(home)/nginx.conf"])
    }
}

/// Caddy with `deploy/caddy/Caddyfile`: Debian's, or another one.
struct Caddy: ShippedProxy {
    /// A newer one than Debian's, from the place that `TEST_CADDY_2_11` names.
    static var newer: String? { ProcessInfo.processInfo.environment["TEST_CADDY_2_11"] }

    var program = "caddy"
    /// What stands in the site's `route` instead of the shipped check and application; `APPLICATION` is its address.
    var route: String?
    /// Global options.
    var options = ""
    /// Lines of the site's own block.
    var site = ""
    /// Whether the application is told by the names that stand in a comment.
    var hasOtherPreset = false

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        var text = try Repository.text(
            "deploy/caddy/Caddyfile",
            replacing: [
                ("127.0.0.1:8080", "127.0.0.1:\(site.ports.application)"),
                ("127.0.0.1:9180", "127.0.0.1:\(site.ports.check)"),
                ("127.0.0.1:9181", "127.0.0.1:\(site.ports.portal)"),
                ("https://app.example.com {", "http://\(site.host):\(site.ports.proxy) {"),
                ("https://auth.example.com {", "http://auth.localhost:\(site.ports.proxy) {"),
            ])
        let address = "127.0.0.1:\(site.ports.application)"
        if let route {
            let shipped = "\t\timport gatehouse\n\t\treverse_proxy @gatehouse_allowed \(address)\n"
            guard text.contains(shipped) else { throw Stack.Failure(description: "the Caddyfile has another route") }
            text = text.replacing(shipped, with: route.replacing("APPLICATION", with: address) + "\n")
        }
        if hasOtherPreset {
            let (one, other) = (
                "copy_headers " + Forgery.remote.joined(separator: " "), Forgery.xAuthRequest.joined(separator: " ")
            )
            guard text.contains(one), text.contains("#   \(other)\n") else {
                throw Stack.Failure(description: "the Caddyfile names other headers")
            }
            text = text.replacing(one, with: "copy_headers " + other)
        }
        text = text.replacing("\(site.ports.proxy) {\n\troute", with: "\(site.ports.proxy) {\n\(self.site)\n\troute")
        return ["Caddyfile": "{\n\tadmin off\n\tauto_https off\n\(options)\n}\n" + text]
    }

    func command(in home: String) -> ProxyCommand {
        ProxyCommand(
            program: program, arguments: ["run", "--config", "\(home)/Caddyfile", "--adapter", "caddyfile"],
            environment: ["HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home])
    }
}

/// HAProxy with `deploy/haproxy`.
struct HAProxy: ShippedProxy {
    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let text = try Repository.text(
            "deploy/haproxy/haproxy.cfg",
            replacing: [
                ("/etc/haproxy/gatehouse.lua", "\(home)/gatehouse.lua"),
                ("bind :80", "bind 127.0.0.1:\(site.ports.proxy)"),
                ("127.0.0.1:8080", "127.0.0.1:\(site.ports.application)"),
                ("127.0.0.1:9180", "127.0.0.1:\(site.ports.check)"),
                ("127.0.0.1:9181", "127.0.0.1:\(site.ports.portal)"),
            ])
        return ["haproxy.cfg": text, "gatehouse.lua": try Repository.text("deploy/haproxy/gatehouse.lua")]
    }

    func command(in home: String) -> ProxyCommand {
        ProxyCommand(program: "haproxy", arguments: ["-db", "-f", "\(home)/haproxy.cfg"])
    }
}

/// Traefik with `deploy/traefik`, from the place that `TEST_TRAEFIK` names.
struct Traefik: ShippedProxy {
    static var binary: String? { ProcessInfo.processInfo.environment["TEST_TRAEFIK"] }

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let rules = try Repository.text(
            "deploy/traefik/gatehouse.yml",
            replacing: [
                ("127.0.0.1:8080", "127.0.0.1:\(site.ports.application)"),
                ("127.0.0.1:9180", "127.0.0.1:\(site.ports.check)"),
                ("127.0.0.1:9181", "127.0.0.1:\(site.ports.portal)"), ("app.example.com`", "\(site.host)`"),
            ])
        // Without certificates: the same entry point in plain HTTP.
        let main = try Repository.text(
            "deploy/traefik/traefik.yml",
            replacing: [
                ("\":443\"", "\"127.0.0.1:\(site.ports.proxy)\""), ("      tls: {}\n", ""),
                ("filename: gatehouse.yml", "filename: \(home)/gatehouse.yml"),
            ])
        return ["gatehouse.yml": rules, "traefik.yml": main]
    }

    func command(in home: String) throws -> ProxyCommand {
        guard let traefik = Traefik.binary else { throw Stack.Failure(description: "TEST_TRAEFIK is not set") }
        return ProxyCommand(program: traefik, arguments: ["--configfile=\(home)/traefik.yml"])
    }
}

/// Envoy with `deploy/envoy`, from the place that `TEST_ENVOY` names.
struct Envoy: ShippedProxy {
    static var binary: String? { ProcessInfo.processInfo.environment["TEST_ENVOY"] }

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let text = try Repository.text(
            "deploy/envoy/envoy.yaml",
            replacing: [
                ("address: 0.0.0.0, port_value: 443", "address: 127.0.0.1, port_value: \(site.ports.proxy)"),
                ("[app.example.com]", "[\(site.host)]"),
                ("127.0.0.1, port_value: 9180", "127.0.0.1, port_value: \(site.ports.check)"),
                ("127.0.0.1, port_value: 9181", "127.0.0.1, port_value: \(site.ports.portal)"),
                ("127.0.0.1, port_value: 8080", "127.0.0.1, port_value: \(site.ports.application)"),
            ])
        // Without certificates: the same listener in plain HTTP.
        let plain = text.replacing(#/ +transport_socket: (?s:.*?)\n\n/#, with: "\n")
        guard plain != text else { throw Stack.Failure(description: "envoy.yaml has no transport_socket") }
        return ["envoy.yaml": plain]
    }

    func command(in home: String) throws -> ProxyCommand {
        guard let envoy = Envoy.binary else { throw Stack.Failure(description: "TEST_ENVOY is not set") }
        return ProxyCommand(
            program: envoy,
            arguments: ["-c", "\(home)/envoy.yaml", "-l", "warn", "--concurrency", "1", "--disable-hot-restart"])
    }
}

/// Every proxy that can be started here, by its name in the tests.
enum ProxyKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case nginx
    case caddy = "Caddy 2.6"
    case newerCaddy = "Caddy 2.11"
    case haproxy = "HAProxy"
    case traefik = "Traefik"
    case envoy = "Envoy"

    /// Those whose programs are here.
    static var here: [ProxyKind] {
        allCases.filter {
            switch $0 {
            case .newerCaddy: Caddy.newer != nil
            case .traefik: Traefik.binary != nil
            case .envoy: Envoy.binary != nil
            default: true
            }
        }
    }

    var proxy: any ShippedProxy {
        switch self {
        case .nginx: Nginx()
        case .caddy: Caddy()
        case .newerCaddy: Caddy(program: Caddy.newer ?? "caddy")
        case .haproxy: HAProxy()
        case .traefik: Traefik()
        case .envoy: Envoy()
        }
    }

    /// The same for an application with `headers = "x-auth-request"`.
    var otherPreset: any ShippedProxy {
        switch self {
        case .caddy: Caddy(hasOtherPreset: true)
        case .newerCaddy: Caddy(program: Caddy.newer ?? "caddy", hasOtherPreset: true)
        case .nginx, .haproxy, .traefik, .envoy: proxy
        }
    }

    var testDescription: String { rawValue }
}
