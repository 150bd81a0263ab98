extension NginxConfiguration {
    /// The piece for each `location` that is protected, above its own `proxy_pass`.
    package var location: String { markedLocation.text }

    /// The same, with the marks that prove it to be whole.
    var markedLocation: (text: String, marks: NginxMarks) {
        var marks = NginxMarks(variable: "$gatehouse_lines", start: "gatehouse")
        var lines = [
            "# gatehouse: for a protected location: its first lines, below them only proxy_pass and the like",
            "# Each line that matters puts its number on a list, and the last line refuses the location unless all are on it:",
            "# what gets lost here closes the location.",
            "set $gatehouse_lines $gatehouse_server;",
            "if ($uri = /_gatehouse_check) { return 503; }",
            "auth_request /_gatehouse_check;",
            "error_page 401 = @gatehouse_login;",
            "error_page 403 @gatehouse_denied;",
            "error_page 500 = @gatehouse_failed;",
            "",
            "# an empty value removes the header: what the client sent under these names never passes",
        ]
        for name in identityHeaders { lines.append(marks.marked("proxy_set_header \(name) \(variable(name));")) }
        for name in otherHeaders { lines.append(marks.marked("proxy_set_header \(name) \"\";")) }
        lines += [
            marks.marked("proxy_set_header Cookie            $gatehouse_cookies;"),
            marks.marked("proxy_set_header Gatehouse-Cookie  \"\";"),
            marks.marked("proxy_set_header X-Forwarded-For   $gatehouse_client;"),
            marks.marked("proxy_set_header X-Forwarded-Proto $scheme;"),
            marks.marked("proxy_set_header X-Forwarded-Host  $gatehouse_host;"),
            "proxy_set_header Host              $gatehouse_host;",
            "proxy_set_header Upgrade           $gatehouse_upgrade;",
            "proxy_set_header Connection        $gatehouse_connection;",
            "proxy_set_header HTTP2-Settings    \"\";",
            "proxy_http_version 1.1;",
        ]
        if !obeysAccelRedirect {
            lines += [
                "",
                "# An application cannot lead a request on to an address that nobody judged: with X-Accel-Redirect the check sees",
                "# the first address only. Who relies on it renders with --obey-accel-redirect.",
                marks.marked("proxy_ignore_headers X-Accel-Redirect;"),
            ]
        }
        lines += ["", marks.guardLine(status: 503), ""]
        return (lines.joined(separator: "\n"), marks)
    }
}
