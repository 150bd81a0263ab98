/// The pieces of an nginx configuration that make it ask Gatehouse, each for the place its name says.
///
/// The pieces prove each other: without the one for `http` nginx does not start, without the one for `server` a location with its
/// own piece refuses, and without its piece a location is refused by the check. The same holds for each line that matters
/// (`NginxMarks`); a test leaves out every one of them behind the real nginx.
package struct NginxConfiguration: Sendable {
    /// How nginx reaches the check listener.
    let check: NginxUpstream
    let portalUpstream: NginxUpstream
    package let portal: NginxPortal
    /// The headers that tell any application who the user is: all of them are Gatehouse's alone in every location.
    let identityHeaders: [String]
    /// The headers by which other applications are told, none of these: nobody writes them.
    let otherHeaders: [String]
    /// The headers by which somebody in front of the portal may say who it is.
    let trustedHeaders: [String]
    /// Gatehouse's own cookies, which no application gets.
    let cookies: [String]
    /// The application that the endpoint pins, if it is to be pinned.
    let pinned: String?
    /// Whether an application may hand a request on with `X-Accel-Redirect`.
    let obeysAccelRedirect: Bool

    /// - Parameters:
    ///   - check: how nginx reaches the check listener.
    ///   - portalUpstream: the same for the portal.
    ///   - portal: where nginx serves it.
    ///   - identityHeaders: what tells any application who the user is, each once.
    ///   - otherHeaders: what tells other applications so, none of `identityHeaders`.
    ///   - trustedHeaders: by which somebody in front of the portal may say who it is, each once.
    ///   - cookies: Gatehouse's own.
    ///   - pinned: the application that the endpoint pins, if it is to be pinned.
    ///   - obeysAccelRedirect: whether an application may hand a request on with `X-Accel-Redirect`.
    package init(
        check: NginxUpstream, portalUpstream: NginxUpstream, portal: NginxPortal, identityHeaders: [String],
        otherHeaders: [String], trustedHeaders: [String], cookies: [String], pinned: String?, obeysAccelRedirect: Bool
    ) {
        self.check = check
        self.portalUpstream = portalUpstream
        self.portal = portal
        self.identityHeaders = identityHeaders
        self.otherHeaders = otherHeaders
        self.trustedHeaders = trustedHeaders
        self.cookies = cookies
        self.pinned = pinned
        self.obeysAccelRedirect = obeysAccelRedirect
    }

    /// For the `http` block, once: connections to Gatehouse that are kept open, and what the other pieces send on.
    package var http: String {
        """
        # gatehouse: for the http block, once
        \(check.block("gatehouse_check", keepalive: 32))
        \(portalUpstream.block("gatehouse_portal", keepalive: 8))

        # A connection becomes a WebSocket and nothing else: an upgrade to h2c would be a tunnel that nobody checks.
        map $http_upgrade      $gatehouse_upgrade    { default ''; ~*^websocket$ websocket; }
        map $gatehouse_upgrade $gatehouse_connection { default ''; websocket upgrade; }

        # The port is part of the address only where it is not the scheme's own; a Unix socket has none, and its client no address.
        map $scheme:$server_port $gatehouse_port   { default :$server_port; http:80 ''; https:443 ''; http: ''; https: ''; }
        map $remote_addr         $gatehouse_client { default $remote_addr; unix: ''; }

        # The application gets the client's own Host, as long as that names the host that is judged.
        map $host|$http_host $gatehouse_host {
            default $host$gatehouse_port;
            "~*^(?<gatehouse_name>[^|]+)[|](?<gatehouse_authority>\\k<gatehouse_name>[.]?(:[0-9]+)?)$" $gatehouse_authority;
        }

        \(NginxCookies(names: cookies).maps)

        """
    }

    /// For each protected `server` block: the check, the way to the login page, the denied page, the portal.
    ///
    /// Longer than functions are elsewhere: it is one piece of text, which is read as nginx reads it.
    package var server: String {
        let endpoint = pinned.map { "/auth/request/\($0)" } ?? "/auth/request"
        var asked = NginxMarks(variable: "$gatehouse_asked", start: "")
        let question = [
            "proxy_set_header X-Original-Method $request_method;",
            "proxy_set_header X-Original-URL    $scheme://$host$gatehouse_port$request_uri;",
            "proxy_set_header X-Forwarded-For   $gatehouse_client;",
        ].map { asked.marked($0) }
        let answers = identityHeaders.map { name in
            "auth_request_set \(variable(name)) $upstream_http_\(folded(name));"
        }
        return """
            # gatehouse: for the server block of a protected host
            # The whole server is protected: a location without gatehouse-location.conf answers 500, and the log says "auth request
            # unexpected status: 501". A location that shall be open says `auth_request off;`.
            set $gatehouse_server gatehouse;
            large_client_header_buffers 4 16k;
            auth_request /_gatehouse_check;
            \(answers.joined(separator: "\n"))
            auth_request_set $gatehouse_login $upstream_http_location;
            auth_request_set $gatehouse_check_status $upstream_status;

            location = /_gatehouse_check {
                internal;
                # Answers only for a location with every line of gatehouse-location.conf, and once.
                \(markedLocation.marks.guardLine(status: 501))
                set $gatehouse_lines "";
                proxy_pass http://gatehouse_check\(endpoint);
                proxy_http_version 1.1;
                proxy_pass_request_body off;
                proxy_set_header Connection        "";
                proxy_set_header Content-Length    "";
                proxy_set_header Transfer-Encoding "";
                proxy_set_header Upgrade           $http_upgrade;
                # What is judged is nginx's word, never the client's: a lost line closes the site.
                set $gatehouse_asked "";
                \(question.joined(separator: "\n    "))
                \(asked.guardLine(status: 501))
                proxy_connect_timeout 1s;
                proxy_send_timeout    2s;
                proxy_read_timeout    5s;
                proxy_buffer_size     16k;
                proxy_buffers         4 16k;
                proxy_cache off;
            }

            location @gatehouse_login {
                internal;
                auth_request off;
                add_header Cache-Control no-store always;
                if ($gatehouse_login = "") { return 401; }
                return 303 $gatehouse_login;
            }

            location @gatehouse_denied {
                auth_request off;
                \(toPortal.joined(separator: "\n    "))
                rewrite ^ /denied break;
                proxy_pass http://gatehouse_portal;
                proxy_pass_request_body off;
                proxy_set_header Content-Length    "";
            }

            # nginx says 500 for a check without a decision. Where nobody answered it, the portal would not, either; where it said
            # yes, the fault is the application's (proxy_intercept_errors) or nginx' own.
            location @gatehouse_failed {
                auth_request off;
                default_type text/html;
                charset utf-8;
                add_header Cache-Control no-store always;
                if ($gatehouse_check_status ~ "^2") { return 500; }
                if ($gatehouse_check_status ~ "^50[24]") { return 503 "\(NginxConfiguration.nobodyAnswers)"; }
                \(toPortal.joined(separator: "\n    "))
                rewrite ^ /unavailable break;
                proxy_pass http://gatehouse_portal;
                proxy_pass_request_body off;
                proxy_set_header Content-Length    "";
                proxy_set_header Gatehouse-Check-Status $gatehouse_check_status;
            }
            \(portal.path.isEmpty ? "" : "\n" + portalLocation + "\n")
            """
    }

    /// A page on one line, without `"` and `$`.
    private static let nobodyAnswers =
        "<!doctype html><html lang=en><meta name=viewport content='width=device-width, initial-scale=1'>"
        + "<meta name=color-scheme content='light dark'><title>Not available at the moment</title>"
        + "<body style='font: 1rem/1.5 system-ui, sans-serif'>"
        + "<main style='max-width: 25rem; margin: 3rem auto; padding: 0 1rem'><h1>Not available at the moment</h1>"
        + "<p>Whether you may open this page cannot be found out right now, because the service that knows does not answer. "
        + "Please try again in a moment.</p><p><a href=''>Try again</a></p></main></html>"

    private var portalLocation: String {
        """
        location \(portal.path)/ {
            auth_request off;
            proxy_pass http://gatehouse_portal/;
            \(toPortal.joined(separator: "\n    "))
        }
        """
    }

    /// What the portal is told about a request.
    private var toPortal: [String] { NginxPortal.headers(clearing: trustedHeaders) }

    /// The server of a portal with a host of its own, for the `http` block; empty if it has none.
    package var portalServerBlock: String { portal.server(clearing: trustedHeaders) }

    /// The nginx variable with Gatehouse's word about an identity header.
    func variable(_ name: String) -> String { "$gatehouse_\(folded(name))" }

    /// A header's name as a part of a variable's.
    private func folded(_ name: String) -> String {
        String(name.lowercased().map { $0 == "-" ? "_" : $0 })
    }
}
