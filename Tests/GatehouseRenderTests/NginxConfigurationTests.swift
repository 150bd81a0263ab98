import GatehouseRender
import Testing

@Suite("The pieces for nginx")
struct NginxConfigurationTests {
    private func nginx(
        portal: NginxPortal = NginxPortal(path: "/_gatehouse", host: "", listen: [], certificate: nil),
        check: [String] = ["127.0.0.1:9180"], pinned: String? = nil, obeys: Bool = false
    ) -> NginxConfiguration {
        NginxConfiguration(
            check: NginxUpstream(check), portalUpstream: NginxUpstream(["127.0.0.1:9181"]), portal: portal,
            identityHeaders: ["Remote-User", "Remote-Email"], otherHeaders: ["X-Auth-Request-User"],
            trustedHeaders: ["X-Remote-User"],
            cookies: ["__Host-gatehouse", "__Host-gatehouse-remembered"], pinned: pinned, obeysAccelRedirect: obeys)
    }

    @Test("clear every identity header in each location, and say so on a list")
    func headers() {
        let location = nginx().location
        #expect(location.contains("proxy_set_header Remote-User $gatehouse_remote_user;"))
        #expect(location.contains("proxy_set_header Remote-Email $gatehouse_remote_email;"))
        #expect(
            location.contains("proxy_set_header X-Auth-Request-User \"\";"), "what other applications are told by, too")
        #expect(location.contains("\"gatehouse-1-2-3-4-5-6-7-8-9\""))
        #expect(nginx(obeys: true).location.contains("\"gatehouse-1-2-3-4-5-6-7-8\""))
        #expect(nginx().server.contains("\"gatehouse-1-2-3-4-5-6-7-8-9\""), "the check wants the whole list, too")
    }

    @Test("name every instance that checks can be asked of, and come back to one soon after it did not answer")
    func instances() {
        #expect(nginx().http.contains("upstream gatehouse_check  { server 127.0.0.1:9180; keepalive 32; }\n"))
        let two = nginx(check: ["10.0.0.7:9180", "unix:/run/other.sock"]).http
        #expect(
            two.contains(
                """
                upstream gatehouse_check {
                    server 10.0.0.7:9180 fail_timeout=1s;
                    server unix:/run/other.sock fail_timeout=1s;
                    keepalive 32;
                }

                """))
        #expect(two.contains("upstream gatehouse_portal { server 127.0.0.1:9181; keepalive 8; }\n"))
    }

    @Test("pin an application where they are told to")
    func pinned() {
        #expect(nginx().server.contains("/auth/request;"))
        #expect(nginx(pinned: "app").server.contains("/auth/request/app;"))
    }

    @Test("hold a server for a portal with a host of its own, complete with a certificate")
    func ownHost() {
        #expect(nginx().portalServerBlock.isEmpty)
        let bare = NginxPortal(path: "", host: "auth.example.com", listen: ["443 ssl"], certificate: nil)
        #expect(!bare.isComplete)
        #expect(nginx(portal: bare).portalServerBlock.contains("# ssl_certificate"))
        let whole = NginxPortal(path: "", host: "auth.example.com", listen: ["443 ssl"], certificate: ("c", "k"))
        #expect(whole.isComplete)
        let block = nginx(portal: whole).portalServerBlock
        #expect(block.contains("ssl_certificate c;") && block.contains("ssl_certificate_key k;"))
        #expect(block.contains("proxy_set_header X-Remote-User \"\";"))
    }
}
