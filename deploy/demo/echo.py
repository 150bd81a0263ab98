#!/usr/bin/env python3
"""A small application to put behind a proxy: it shows what arrives.

Any path answers with a page; any path that ends in headers.json answers with the same as JSON. It protects nothing
itself: who gets here, and who they are, is what the proxy and Gatehouse decided.
"""
import argparse
import html
import http.server
import json
import re
import socket
import sys

IDENTITY = ("Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Permissions", "Remote-Superuser")
# A page or a screenshot is no place for a session: its value is not shown.
SESSION_COOKIE = re.compile(r"((?:__Host-|__Secure-)?gatehouse[a-z-]*=)[^;,\s]+")

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
  :root {{ --ink: #1b2230; --soft: #59637a; --line: #dde1ea; --paper: #f6f7fa; --card: #fff; --accent: #2952cc; }}
  @media (prefers-color-scheme: dark) {{
    :root {{ --ink: #e9ecf3; --soft: #a3acc0; --line: #323a4d; --paper: #12161f; --card: #1a2030; --accent: #8fb0ff; }}
  }}
  * {{ box-sizing: border-box; }}
  body {{ margin: 0; padding: 2.5rem 1.25rem; color: var(--ink); background: var(--paper);
         font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
  main {{ max-width: 44rem; margin: 0 auto; }}
  h1 {{ font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }}
  h2 {{ font-size: 1.0625rem; margin: 2.25rem 0 .75rem; }}
  p {{ margin: 0 0 1rem; color: var(--soft); }}
  ul {{ margin: 0; padding: 0; list-style: none; }}
  a {{ color: var(--accent); text-underline-offset: .2em; }}
  .card {{ background: var(--card); border: 1px solid var(--line); border-radius: 12px; }}
  .card > * {{ padding: .75rem 1rem; }}
  .card > * + * {{ border-top: 1px solid var(--line); }}
  li span, dt {{ display: block; color: var(--soft); font-size: .875rem; }}
  dl {{ margin: 0; }}
  dd {{ margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9375rem; }}
  .empty {{ color: var(--soft); font-family: inherit; }}
</style>
</head>
<body>
<main>
<h1>{greeting}</h1>
<p>{explanation}</p>
<h2>Try</h2>
<ul class="card">{links}</ul>
<h2>Who you are, as the proxy says</h2>
<dl class="card" id="identity">{identity}</dl>
<h2>The request as it arrived</h2>
<dl class="card" id="request">{request}</dl>
</main>
</body>
</html>
"""


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "echo"
    sys_version = ""
    portal = "/_gatehouse"

    def answer(self):
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > 1_048_576:
            self.close_connection = True
        else:
            self.rfile.read(int(length))
        headers = [(name, SESSION_COOKIE.sub(r"\1(hidden)", value)) for name, value in self.headers.items()]
        if self.path.split("?")[0].endswith("headers.json"):
            kind = "application/json"
            body = json.dumps({"method": self.command, "path": self.path, "headers": headers}, indent=1)
        else:
            kind, body = "text/html; charset=utf-8", self.page(headers)
        body = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def page(self, headers):
        names = {name.lower() for name in IDENTITY}
        identity = [(name, self.headers.get(name, "")) for name in IDENTITY]
        user = self.headers.get("Remote-User", "")
        return PAGE.format(
            title=f"Hello, {html.escape(user)}" if user else "Hello, stranger",
            greeting=f"Hello, {html.escape(user)}" if user else "Hello, stranger",
            explanation="This is the application behind the proxy. It has no login of its own: everything it knows about "
            "you is in the headers below." if user else
            "This is the application behind the proxy. This page is open to anyone, so it does not know who you are.",
            links="".join(self.link(*link) for link in (
                ("/", "The start page", "for everyone who is signed in"),
                ("/public/", "A public page", "for anyone"),
                ("/finance/", "The finance pages", "for members of the group finance"),
                (f"{self.portal}/account", "Your account", "who you are, and signing out"),
                ("/headers.json", "headers.json", "the same as this page, for programs"))),
            identity=self.rows(identity),
            request=self.rows([("Request", f"{self.command} {self.path}")]
                              + [(name, value) for name, value in headers if name.lower() not in names]))

    @staticmethod
    def link(address, title, note):
        return f'<li><a href="{html.escape(address)}">{html.escape(title)}</a><span>{html.escape(note)}</span></li>'

    @staticmethod
    def rows(pairs):
        def value(text):
            return f"<dd>{html.escape(text)}</dd>" if text else '<dd class="empty">empty</dd>'
        return "".join(f"<div><dt>{html.escape(name)}</dt>{value(text)}</div>" for name, text in pairs)

    def log_message(self, format, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8081, help="the port (default: 8081)")
    parser.add_argument("--portal", default="/_gatehouse", help="where the sign-in pages are, for the links")
    options = parser.parse_args()
    Echo.portal = options.portal.rstrip("/")
    try:
        server = Server((options.host, options.port), Echo)
    except OSError as error:
        sys.exit(f"{options.host}:{options.port}: {error.strerror}")
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
