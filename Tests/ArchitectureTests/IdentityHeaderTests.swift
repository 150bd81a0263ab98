import Foundation
import GatehouseContracts
import GatehouseCore
import Testing

/// A proxy that does not name a header lets through what a client sent under that name.
@Suite("The names of identity headers")
struct IdentityHeaderTests {
    @Test(
        "are the same in every file that lists them: `tools/identity-headers` and `gatehouse render nginx` write them",
        arguments: [
            "deploy/caddy/Caddyfile", "deploy/haproxy/gatehouse.lua", "deploy/traefik/gatehouse.yml",
            "deploy/envoy/envoy.yaml",
            "deploy/demo/echo.py",
            "deploy/nginx/own-host/gatehouse-location.conf", "deploy/nginx/under-a-path/gatehouse-location.conf",
            "deploy/compose/nginx/gatehouse/gatehouse-location.conf", "deploy/compose/caddy/Caddyfile",
            "deploy/compose/traefik/gatehouse.yml", "deploy/kubernetes/sidecar/gatehouse/gatehouse-location.conf",
            "deploy/kubernetes/shared/traefik.yaml", "deploy/kubernetes/shared/ingress-nginx.yaml",
            "deploy/kubernetes/gateway-api/site.yaml",
            "deploy/docs/applications.md", "Tests/EndToEndTests/ForgedHeadersTests.swift",
        ])
    func lists(path: String) throws {
        var text = try Repository.text(path)
        // Its table; elsewhere it names some of them in passing.
        if path == "deploy/docs/applications.md" {
            text = text.split(separator: "\n").filter { $0.hasPrefix("| `Remote-") }.joined(separator: "\n")
        }
        #expect(Self.names(/\bRemote(?:-[A-Z][A-Za-z]+)+\b/, in: text) == IdentityHeaders.remote.names)
        // The demo's page shows one preset.
        guard path != "deploy/demo/echo.py" else { return }
        #expect(Self.names(/\bX-Auth-Request(?:-[A-Z][A-Za-z]+)+\b/, in: text) == IdentityHeaders.xAuthRequest.names)
    }

    /// Each name once, in the order of the text.
    private static func names(_ pattern: Regex<Substring>, in text: String) -> [String] {
        text.matches(of: pattern).map { String($0.output) }.reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }
}
