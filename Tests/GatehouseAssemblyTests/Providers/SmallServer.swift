import Foundation
import GatehouseTestSupport
import Testing

/// A web server of a test: what it does is up to the path; in Python, so that nothing of ours is on both sides.
final class SmallServer: Sendable {
    /// `http://127.0.0.1:port`, or `https://localhost:port` with a certificate.
    let base: String
    private let folder: TemporaryFolder
    private let process: ChildProcess

    private static let program = """
        import http.server, ssl, sys, threading

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            stop = threading.Event()

            def answer(self):
                path = self.path.split("?")[0]
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if path == "/redirect":
                    self.send_response(307)
                    self.send_header("Location", "/echo")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif path == "/large":
                    self.send_response(200)
                    self.send_header("Content-Length", str(10 << 20))
                    self.end_headers()
                    self.wfile.write(b"x" * (10 << 20))
                elif path == "/slow":
                    Handler.stop.wait()
                else:
                    lines = [f"{name.lower()}: {value}" for name, value in self.headers.items()]
                    text = f"{self.command} {self.path} \\n" + "\\n".join(lines) + "\\n\\n" + body.decode()
                    self.wfile.write(b"HTTP/1.1 103 Early Hints\\r\\nX-Interim: yes\\r\\nCache-Control: no-store\\r\\n\\r\\n")
                    self.send_response(200)
                    self.send_header("Content-Type", 'application/json; profile="' + "p" * 200 + '"')
                    self.send_header("Cache-Control", "max-age=60")
                    self.send_header("CACHE-CONTROL", "public")
                    self.send_header("Link", '<https://a/>; rel="next"')
                    self.send_header("Retry-After", "7")
                    self.send_header("WWW-Authenticate", 'Bearer error="x"')
                    self.send_header("Content-Length", str(len(text.encode())))
                    self.end_headers()
                    self.wfile.write(text.encode())

            do_GET = do_POST = answer

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
        server.daemon_threads = True
        if len(sys.argv) > 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.serve_forever()
        """

    init(_ certificates: TestCertificates? = nil) async throws {
        BrokenPipes.areErrors()
        folder = try TemporaryFolder()
        let port = try FreePort.any()
        base = certificates == nil ? "http://127.0.0.1:\(port)" : "https://localhost:\(port)"
        let program = try folder.write(Self.program, to: "server.py")
        let more = certificates.map { [$0.certificate, $0.key] } ?? []
        process = try ChildProcess("python3", [program, "\(port)"] + more, output: folder.file("log"))
        try #require(await eventually(within: .seconds(20)) { (try? LocalSocket(.tcp(port: port))) != nil })
    }

    /// What was asked for.
    var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    deinit {
        process.signal(SIGKILL)
        process.waitForExit()
    }
}
