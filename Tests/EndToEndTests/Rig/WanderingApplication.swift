/// An application that sends people on: to another origin (`/leave`, which ends at `/landed`), or nowhere (`/nowhere`).
enum WanderingApplication {
    static let program = """
        import html, http.server, sys
        port = int(sys.argv[2])
        class Wandering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                path, user = self.path.split("?")[0], self.headers.get("Remote-User", "") or "stranger"
                if path == "/leave":
                    return self.answer(302, ("Location", f"http://127.0.0.1:{port}/landed"))
                if path == "/nowhere":
                    return self.answer(204)
                title = "Landed" if path == "/landed" else f"Hello, {user}"
                self.answer(200, body=f"<!doctype html><title>{html.escape(title)}</title><p>{html.escape(self.path)}")
            def answer(self, status, *headers, body=""):
                octets = body.encode()
                self.send_response(status)
                for header in (("Content-Type", "text/html; charset=utf-8"), *headers): self.send_header(*header)
                if status != 204: self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)
            def log_message(self, *arguments): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", port), Wandering).serve_forever()
        """
}
