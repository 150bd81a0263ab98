internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The files in deploy/")
    struct ShippedFilesTests {
        /// The two ways to place the portal, and what `init` is told for each.
        enum Variant: String, CaseIterable {
            case ownHost = "own-host"
            case underAPath = "under-a-path"

            var options: [String] {
                switch self {
                case .ownHost: ["--portal", "https://auth.example.com", "--host", "app.example.com"]
                case .underAPath: ["--portal", "https://app.example.com/_gatehouse"]
                }
            }

            /// What `render nginx` writes, by file name.
            func rendered(_ more: String...) throws -> [String: String] {
                let folder = try TemporaryFolder()
                let config = folder.file("gatehouse.toml")
                let binary = try Repository.gatehouse()
                for arguments in [
                    ["init", "--config", config] + options,
                    ["render", "nginx", "--config", config, "--directory", folder.file("nginx")] + more,
                ] {
                    let (status, output) = try Tools.run(binary, arguments)
                    try #require(status == 0, "\(output)")
                }
                var files: [String: String] = [:]
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("nginx")) {
                    files[name] = try String(contentsOfFile: folder.file("nginx/\(name)"), encoding: .utf8)
                }
                return files
            }
        }

        @Test("for nginx are what `render nginx` writes", arguments: Variant.allCases)
        func rendered(variant: Variant) throws {
            let files = try variant.rendered()
            let portal = variant == .ownHost ? ["gatehouse-portal.conf"] : []
            let parts = ["gatehouse-http.conf", "gatehouse-server.conf", "gatehouse-location.conf"]
            #expect(Set(files.keys) == Set(parts + portal))
            for (name, text) in files {
                #expect(try Repository.text("deploy/nginx/\(variant.rawValue)/\(name)") == text, "\(name)")
            }
        }

        @Test("for nginx are accepted by nginx", arguments: Variant.allCases)
        func accepted(variant: Variant) throws {
            let folder = try TemporaryFolder()
            let certificate = try Tools.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=test",
                    "-keyout", folder.file("key"), "-out", folder.file("certificate"),
                ])
            try #require(certificate.status == 0, "\(certificate.output)")
            let example = try Repository.text(
                "deploy/nginx/example.conf",
                replacing: [("/etc/nginx/gatehouse", Repository.file("deploy/nginx/\(variant.rawValue)"))])
            let main = try folder.write(
                """
                pid \(folder.file("pid"));
                events {}
                http {
                    access_log off;
                    client_body_temp_path \(folder.file("b")); proxy_temp_path \(folder.file("p"));
                    fastcgi_temp_path \(folder.file("f")); uwsgi_temp_path \(folder.file("u")); scgi_temp_path \(folder.file("s"));
                    ssl_certificate \(folder.file("certificate"));
                    ssl_certificate_key \(folder.file("key"));
                    \(example)
                }
                """, to: "nginx.conf")
            let (status, output) = try Tools.run(
                "nginx", ["-t", "-e", folder.file("log"), "-p", folder.path, "-c", main])
            let log = (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? ""
            #expect(status == 0, "\(output) \(log)")
        }

        @Test(
            "set each identity header of the preset in the program, and no other",
            arguments: [
                "deploy/nginx/own-host/gatehouse-location.conf", "deploy/nginx/under-a-path/gatehouse-location.conf",
                "deploy/caddy/Caddyfile", "deploy/traefik/gatehouse.yml", "deploy/haproxy/gatehouse.lua",
                "deploy/envoy/envoy.yaml",
            ])
        func headers(file: String) throws {
            let location = try #require(try Variant.ownHost.rendered()["gatehouse-location.conf"])
            let preset = location.matches(of: /proxy_set_header (\S+)\s+\$gatehouse_remote/).map { String($0.1) }
            #expect(Set(preset) == Set(Forgery.remote))
            let named = try Repository.text(file).matches(of: /Remote-[A-Z][a-z]+/).map { String($0.0) }
            #expect(Set(named) == Set(preset))
        }
    }
}
