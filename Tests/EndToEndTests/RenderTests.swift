internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("gatehouse render nginx")
    struct RenderTests {
        private let folder: TemporaryFolder
        private let nginx: String
        private let binary: String

        init() throws {
            folder = try TemporaryFolder()
            nginx = folder.file("nginx")
            binary = try Repository.gatehouse()
            let (status, output) = try Tools.run(
                binary,
                [
                    "init", "--config", folder.file("gatehouse.toml"), "--portal", "https://auth.example.com", "--host",
                    "app.example.com",
                ])
            try #require(status == 0, "\(output)")
        }

        private func render(_ more: String...) throws -> (status: Int32, output: String) {
            let files = ["--config", folder.file("gatehouse.toml"), "--directory", nginx]
            return try Tools.run(binary, ["render", "nginx"] + files + more)
        }

        private func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(nginx)/\(name)", encoding: .utf8)
        }

        private func append(_ line: String, to name: String) throws {
            try folder.write(try text(name) + line + "\n", to: "nginx/\(name)")
        }

        private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: nginx).sorted() }

        @Test("says what was changed by hand since, and keeps a copy of it")
        func changedByHand() throws {
            #expect(try render().status == 0)
            let before = try names()
            let untouched = try render()
            #expect(untouched.output.contains("gatehouse-http.conf is as it should be"))
            #expect(try names() == before)

            let rendered = try text("gatehouse-server.conf")
            try append("# my own line", to: "gatehouse-server.conf")
            let again = try render()
            #expect(again.status == 0)
            #expect(again.output.contains("gatehouse-server.conf. It had been changed by hand"), "\(again.output)")
            #expect(!again.output.contains("gatehouse-http.conf. It had been changed by hand"))
            #expect(try text("gatehouse-server.conf") == rendered)
            let copies = try names().filter { !before.contains($0) }
            try #require(copies.count == 1)
            #expect(try text(copies[0]) == rendered + "# my own line\n")
            // Nobody includes it by `include …/*.conf`.
            #expect(copies[0].hasPrefix("gatehouse-server.conf.before-") && !copies[0].hasSuffix(".conf"))

            // What an older version wrote has no mark: kept as well.
            try folder.write("# gatehouse: of old\n", to: "nginx/gatehouse-location.conf")
            #expect(try render().output.contains("gatehouse-location.conf. It had been changed by hand"))
        }

        @Test("leaves the portal's server to the operator, and writes it whole where it is told the certificate")
        func portal() throws {
            let first = try render()
            #expect(first.output.contains("gatehouse-portal.conf, once"), "\(first.output)")
            try append("# my certificate", to: "gatehouse-portal.conf")
            #expect(try render().output.contains("gatehouse-portal.conf is yours"))
            #expect(try text("gatehouse-portal.conf").contains("# my certificate"))

            let whole = try render("--certificate", "/etc/tls/a.pem", "--key", "/etc/tls/a.key", "--listen", "8443 ssl")
            #expect(whole.output.contains("gatehouse-portal.conf. It had been changed by hand"), "\(whole.output)")
            let portal = try text("gatehouse-portal.conf")
            for line in ["listen 8443 ssl;", "ssl_certificate /etc/tls/a.pem;", "ssl_certificate_key /etc/tls/a.key;"] {
                #expect(portal.contains(line))
            }
        }

        @Test(
            "refuses options that make no sense, and says why",
            arguments: [
                (["--certificate", "/a"], "belong together"), (["--listen", "443; }"], "--listen"),
                (["--certificate", "/a b", "--key", "/c"], "no blanks"),
                (["--application", "other"], "there are: app"),
            ])
        func refused(options: [String], reason: String) throws {
            let config = ["--config", folder.file("gatehouse.toml")]
            let (status, output) = try Tools.run(binary, ["render", "nginx"] + config + options)
            #expect(status != 0)
            #expect(output.contains(reason), "\(output)")
        }

        @Test("takes no options about a server of its own for a portal under a path")
        func underAPath() throws {
            let config = folder.file("other/gatehouse.toml")
            _ = try Tools.run(binary, ["init", "--config", config, "--portal", "https://app.example.com/_gatehouse"])
            let (status, output) = try Tools.run(
                binary, ["render", "nginx", "--config", config, "--certificate", "/a", "--key", "/b"])
            #expect(status == 2)
            #expect(output.contains("a portal with a host of its own"), "\(output)")
        }

        @Test("clears at the portal the header by which a backend is told who it is")
        func remoteHeader() throws {
            let config = try String(contentsOfFile: folder.file("gatehouse.toml"), encoding: .utf8)
            try folder.write(
                config + """

                    [[backend]]
                    type = "database"
                    [[backend]]
                    type = "remote-header"
                    header = "X-Remote-User"
                    trusted_proxies = ["10.0.0.7"]
                    """, to: "gatehouse.toml")
            let (status, output) = try render()
            try #require(status == 0, "\(output)")
            for name in ["gatehouse-portal.conf", "gatehouse-server.conf"] {
                #expect(try text(name).contains("proxy_set_header x-remote-user \"\";"), "\(name)")
            }
        }
    }
}
