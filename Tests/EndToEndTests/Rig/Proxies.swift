internal import Foundation
internal import GatehouseTestSupport

/// A proxy that is started with a configuration from `deploy/`.
protocol ShippedProxy: Sendable {
    /// Starts it in front of a stack; the last process is the proxy itself, which logs to `proxy.log`.
    func start(in folder: TemporaryFolder, ports: Stack.Ports, config: String, binary: String) throws -> [ChildProcess]
}

/// nginx with what `gatehouse render nginx` writes, which is what `deploy/nginx` holds.
struct Nginx: ShippedProxy {
    func start(in folder: TemporaryFolder, ports: Stack.Ports, config: String, binary: String) throws -> [ChildProcess]
    {
        let nginx = folder.file("nginx")
        let (status, output) = try Tools.run(binary, ["render", "nginx", "--config", config, "--directory", nginx])
        guard status == 0 else { throw Stack.Failure(description: "render nginx: \(output)") }
        // nginx started by root works as another user, who must get through to the folders for temporary files.
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
        let main = try folder.write(
            """
            worker_processes 1;
            daemon off;
            pid \(nginx)/pid;
            error_log \(folder.file("proxy.log")) warn;
            events { worker_connections 2048; }
            http {
                access_log off;
                client_body_temp_path \(nginx)/body;
                proxy_temp_path \(nginx)/proxy;
                fastcgi_temp_path \(nginx)/fastcgi;
                uwsgi_temp_path \(nginx)/uwsgi;
                scgi_temp_path \(nginx)/scgi;
                include \(nginx)/gatehouse-http.conf;
                upstream app { server 127.0.0.1:\(ports.application); keepalive 8; }
                server {
                    listen 127.0.0.1:\(ports.proxy);
                    server_name localhost;
                    include \(nginx)/gatehouse-server.conf;
                    location / {
                        include \(nginx)/gatehouse-location.conf;
                        proxy_pass http://app;
                    }
                }
            }
            """, to: "nginx.conf")
        return [
            try Server.start(
                "nginx", ["-e", folder.file("proxy.log"), "-p", nginx, "-c", main],
                output: folder.file("proxy.log"))
        ]
    }
}

/// Caddy with `deploy/caddy/Caddyfile`.
struct Caddy: ShippedProxy {
    func start(in folder: TemporaryFolder, ports: Stack.Ports, config: String, binary: String) throws -> [ChildProcess]
    {
        let text = try Repository.text(
            "deploy/caddy/Caddyfile",
            replacing: [
                ("127.0.0.1:8080", "127.0.0.1:\(ports.application)"), ("127.0.0.1:9180", "127.0.0.1:\(ports.check)"),
                ("127.0.0.1:9181", "127.0.0.1:\(ports.portal)"),
                ("https://app.example.com {", "http://localhost:\(ports.proxy) {"),
                ("https://auth.example.com {", "http://auth.localhost:\(ports.proxy) {"),
            ])
        let file = try folder.write("{\n\tadmin off\n\tauto_https off\n}\n" + text, to: "Caddyfile")
        let home = ["HOME": folder.path, "XDG_DATA_HOME": folder.path, "XDG_CONFIG_HOME": folder.path]
        return [
            try Server.start(
                "caddy", ["run", "--config", file, "--adapter", "caddyfile"],
                environment: Tools.environment.merging(home) { $1 },
                output: folder.file("proxy.log"))
        ]
    }
}

/// HAProxy with `deploy/haproxy`.
struct HAProxy: ShippedProxy {
    func start(in folder: TemporaryFolder, ports: Stack.Ports, config: String, binary: String) throws -> [ChildProcess]
    {
        let text = try Repository.text(
            "deploy/haproxy/haproxy.cfg",
            replacing: [
                ("/etc/haproxy/gatehouse.lua", Repository.file("deploy/haproxy/gatehouse.lua")),
                ("bind :80", "bind 127.0.0.1:\(ports.proxy)"), ("127.0.0.1:8080", "127.0.0.1:\(ports.application)"),
                ("127.0.0.1:9180", "127.0.0.1:\(ports.check)"), ("127.0.0.1:9181", "127.0.0.1:\(ports.portal)"),
            ])
        let file = try folder.write(text, to: "haproxy.cfg")
        return [
            try Server.start(
                "haproxy", ["-db", "-f", file], output: folder.file("proxy.log"))
        ]
    }
}

/// Traefik with `deploy/traefik`, from the place that `TEST_TRAEFIK` names.
struct Traefik: ShippedProxy {
    static var binary: String? { ProcessInfo.processInfo.environment["TEST_TRAEFIK"] }

    func start(in folder: TemporaryFolder, ports: Stack.Ports, config: String, binary: String) throws -> [ChildProcess]
    {
        guard let traefik = Traefik.binary else { throw Stack.Failure(description: "TEST_TRAEFIK is not set") }
        let rules = try Repository.text(
            "deploy/traefik/gatehouse.yml",
            replacing: [
                ("127.0.0.1:8080", "127.0.0.1:\(ports.application)"), ("127.0.0.1:9180", "127.0.0.1:\(ports.check)"),
                ("127.0.0.1:9181", "127.0.0.1:\(ports.portal)"), ("app.example.com`", "localhost`"),
            ])
        try folder.write(rules, to: "gatehouse.yml")
        // Without certificates: the same entry point in plain HTTP.
        let main = try Repository.text(
            "deploy/traefik/traefik.yml",
            replacing: [
                ("\":443\"", "\"127.0.0.1:\(ports.proxy)\""), ("      tls: {}\n", ""),
                ("filename: gatehouse.yml", "filename: \(folder.file("gatehouse.yml"))"),
            ])
        let file = try folder.write(main, to: "traefik.yml")
        return [try Server.start(traefik, ["--configfile=\(file)"], output: folder.file("proxy.log"))]
    }
}
