/// Where nginx serves the portal.
package struct NginxPortal: Sendable {
    /// The portal's path on the application's own host, like `/_gatehouse`; empty if it has a host of its own.
    let path: String
    let host: String
    /// What its own server listens on, like `443 ssl`.
    let listen: [String]
    /// The certificate and its key; without them the operator adds the lines.
    let certificate: (certificate: String, key: String)?

    /// - Parameters:
    ///   - path: on the application's own host; empty if it has a host of its own.
    ///   - host: its own; of no meaning with a path.
    ///   - listen: what its own server listens on, like `443 ssl`.
    ///   - certificate: the files of its own server, if they are known.
    package init(
        path: String, host: String, listen: [String], certificate: (certificate: String, key: String)?
    ) {
        self.path = path
        self.host = host
        self.listen = listen
        self.certificate = certificate
    }

    /// Whether its server is written by the operator's word alone, so that it may be written anew.
    package var isComplete: Bool { certificate != nil || !listen.contains { $0.split(separator: " ").contains("ssl") } }

    /// The lines of a location that leads to the portal; they clear headers that say who it is to a portal that believes them, and
    /// whoever is to set one replaces its line.
    static func headers(clearing names: [String]) -> [String] {
        var marks = NginxMarks(variable: "$gatehouse_told", start: "")
        let told =
            [
                marks.marked("proxy_set_header Host              $host;"),
                marks.marked("proxy_set_header X-Forwarded-For   $gatehouse_client;"),
                marks.marked("proxy_set_header X-Forwarded-Proto $scheme;"),
            ] + names.map { marks.marked("proxy_set_header \($0) \"\";") }
        return ["set $gatehouse_told \"\";"] + told
            + [
                marks.guardLine(status: 503),
                "proxy_http_version 1.1;",
                "proxy_set_header Connection        \"\";",
            ]
    }

    /// The server of a portal with a host of its own; empty if it has none.
    func server(clearing names: [String]) -> String {
        guard path.isEmpty else { return "" }
        var lines = listen.map { "listen \($0);" } + ["server_name \(host);"]
        if let certificate {
            lines += ["ssl_certificate \(certificate.certificate);", "ssl_certificate_key \(certificate.key);"]
        } else if !isComplete {
            lines += ["# ssl_certificate and ssl_certificate_key as for your other hosts"]
        }
        lines += ["location / {", "    proxy_pass http://gatehouse_portal;"]
        lines += NginxPortal.headers(clearing: names).map { "    \($0)" } + ["}"]
        return """
            # gatehouse: the portal's own host, for the http block
            server {
            \(lines.map { "    \($0)" }.joined(separator: "\n"))
            }

            """
    }
}
