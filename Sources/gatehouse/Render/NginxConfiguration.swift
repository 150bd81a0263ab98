internal import GatehouseContracts
internal import GatehouseCore

/// The pieces of an nginx configuration that make it ask Gatehouse, each for the place its name says.
struct NginxConfiguration {
    /// How nginx reaches the check listener, like `127.0.0.1:9180` or `unix:/run/gatehouse/check.sock`.
    let checkServer: String
    let portalServer: String
    /// The portal's path on the application's own host, like `/_gatehouse`; empty if it has a host of its own.
    let portalPath: String
    let portalHost: String
    let headers: IdentityHeaders
    /// The application that the endpoint pins, if it is to be pinned.
    let pinned: ApplicationName?

    /// For the `http` block, once: connections to Gatehouse that are kept open.
    var http: String {
        """
        # gatehouse: for the http block, once
        upstream gatehouse_check  { server \(checkServer); keepalive 32; }
        upstream gatehouse_portal { server \(portalServer); keepalive 8; }
        map $http_upgrade $gatehouse_connection { default upgrade; '' ''; }
        # the port is part of the address only where it is not the scheme's own
        map $scheme:$server_port $gatehouse_port { default :$server_port; http:80 ''; https:443 ''; }

        """
    }

    /// For each protected `server` block: the check, the way to the login page, the denied page, the portal.
    var server: String {
        let endpoint = pinned.map { "/auth/request/\($0)" } ?? "/auth/request"
        return """
            # gatehouse: for the server block of a protected host
            large_client_header_buffers 4 16k;

            location = /_gatehouse_check {
                internal;
                proxy_pass http://gatehouse_check\(endpoint);
                proxy_http_version 1.1;
                proxy_pass_request_body off;
                proxy_set_header Connection        "";
                proxy_set_header Content-Length    "";
                proxy_set_header Transfer-Encoding "";
                proxy_set_header X-Original-Method $request_method;
                proxy_set_header X-Original-URL    $scheme://$host$gatehouse_port$request_uri;
                proxy_set_header X-Forwarded-For   $remote_addr;
                proxy_connect_timeout 1s;
                proxy_send_timeout    2s;
                proxy_read_timeout    5s;
                proxy_buffer_size     16k;
                proxy_buffers         4 16k;
                proxy_cache off;
            }

            location @gatehouse_login {
                internal;
                add_header Cache-Control no-store always;
                if ($gatehouse_login = "") { return 401; }
                return 303 $gatehouse_login;
            }

            location @gatehouse_denied {
                rewrite ^ /denied break;
                proxy_pass http://gatehouse_portal;
                proxy_http_version 1.1;
                proxy_set_header Connection        "";
                proxy_set_header Host              $host;
                proxy_set_header X-Forwarded-For   $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_pass_request_body off;
                proxy_set_header Content-Length    "";
            }

            \(portalPath.isEmpty ? "" : portalLocation + "\n")
            """
    }

    /// For each `location` that is protected, above its own `proxy_pass`.
    var location: String {
        var lines = [
            "# gatehouse: for a protected location, above its proxy_pass",
            "auth_request /_gatehouse_check;",
        ]
        func variable(_ name: String) -> String {
            String(
                decoding: name.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : ASCII.lowercased($0) },
                as: UTF8.self)
        }
        for name in headers.names {
            lines.append("auth_request_set $gatehouse_\(variable(name)) $upstream_http_\(variable(name));")
        }
        lines += [
            "auth_request_set $gatehouse_login $upstream_http_location;",
            "error_page 401 = @gatehouse_login;",
            "error_page 403 @gatehouse_denied;",
            "",
            "# an empty value removes the header: what the client sent under these names never passes",
        ]
        for name in headers.names { lines.append("proxy_set_header \(name) $gatehouse_\(variable(name));") }
        lines += [
            "proxy_set_header Host              $host$gatehouse_port;",
            "proxy_set_header X-Forwarded-For   $remote_addr;",
            "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_set_header X-Forwarded-Host  $host;",
            "proxy_set_header Upgrade           $http_upgrade;",
            "proxy_set_header Connection        $gatehouse_connection;",
            "proxy_http_version 1.1;",
            "",
        ]
        return lines.joined(separator: "\n")
    }

    private var portalLocation: String {
        """
        location \(portalPath)/ {
            auth_request off;
            proxy_pass http://gatehouse_portal/;
            proxy_http_version 1.1;
            proxy_set_header Connection        "";
            proxy_set_header Host              $host;
            proxy_set_header X-Forwarded-For   $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
        """
    }

    /// For the `http` block: the server of a portal with a host of its own; empty if it has none.
    var portal: String {
        guard portalPath.isEmpty else { return "" }
        return """
            # gatehouse: the portal's own host; add listen and certificates as for your other hosts
            server {
                listen 443 ssl;
                server_name \(portalHost);
                location / {
                    proxy_pass http://gatehouse_portal;
                    proxy_http_version 1.1;
                    proxy_set_header Connection        "";
                    proxy_set_header Host              $host;
                    proxy_set_header X-Forwarded-For   $remote_addr;
                    proxy_set_header X-Forwarded-Proto $scheme;
                }
            }

            """
    }
}
