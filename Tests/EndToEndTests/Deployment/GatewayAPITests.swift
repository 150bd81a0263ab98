internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("deploy/kubernetes/gateway-api", .enabled(if: StrictYAML.schemas != nil))
    struct GatewayAPITests {
        @Test("is read strictly: what is not documented is an error")
        func strict() throws {
            let folder = try TemporaryFolder()
            let text = try Repository.text("deploy/kubernetes/gateway-api/site.yaml")
            let schemas = Repository.file("Tests/EndToEndTests/Deployment/gateway-api.schema.json")
            for (old, new, word) in [
                ("headersToBackend", "headersToBackends", "headersToBackends"), ("failOpen: false", "failOpen: 0", "0"),
                ("port: 9180", "port: check", "check"), ("v1alpha1", "v1alpha2", "v1alpha2"),
                ("path: /auth", "path: auth", "auth"),
            ] {
                let path = try folder.write(text.replacing(old, with: new, maxReplacements: 1), to: "site.yaml")
                let refusal = #expect(throws: StrictYAML.Refusal.self) {
                    try StrictYAML.custom([path], schemas: schemas)
                }
                #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")")
            }
        }

        @Test("fits together: routes to the gateway, policies to them, and the permission to name Gatehouse's Service")
        func references() throws {
            let documents = try EnvoyGateway.documents()
            func place(_ node: JSONNode) -> String {
                "\(node["namespace"].text ?? "")/\(node["name"].text ?? "")"
            }
            func all(_ kind: String) -> [JSONNode] { documents.filter { $0["kind"].text == kind } }
            #expect(documents.count == 6)
            let gateway = try #require(all("Gateway").first)
            for route in all("HTTPRoute") {
                #expect(route["spec.parentRefs"].items.map(place) == [place(gateway["metadata"])])
            }
            let client = try #require(all("ClientTrafficPolicy").first)
            #expect(client["spec.targetRefs"].items.compactMap(\.["name"].text) == [gateway["metadata.name"].text])
            #expect(client["metadata.namespace"] == gateway["metadata.namespace"])
            let policy = try #require(all("SecurityPolicy").first)
            let target = try #require(policy["spec.targetRefs"].items.first?["name"].text)
            let site = try #require(all("HTTPRoute").first { $0["metadata.name"].text == target })
            #expect(site["metadata.namespace"] == policy["metadata.namespace"])
            // Its Service is in another namespace, which allows exactly this.
            let service = try #require(policy["spec.extAuth.http.backendRefs"].items.first)
            let grant = try #require(all("ReferenceGrant").first)
            #expect(grant["metadata.namespace"] == service["namespace"])
            #expect(grant["spec.to"].items.first?["name"] == service["name"])
            let from = try #require(grant["spec.from"].items.first)
            #expect(from["kind"].text == "SecurityPolicy" && from["group"].text == "gateway.envoyproxy.io")
            #expect(from["namespace"] == policy["metadata.namespace"])
            // Ports, hosts and the namespace that may ask are those of the shared gate.
            let gate = try StrictYAML.kubernetes([Repository.file("deploy/kubernetes/shared/gatehouse.yaml")])
            let own = try #require(
                gate.first { $0["kind"].text == "Service" && $0["metadata.name"].text == service["name"].text })
            func port(_ name: String) -> JSONNode? {
                own["spec.ports"].items.first { $0["name"].text == name }?["port"]
            }
            #expect(port("check") == service["port"])
            let portal = try #require(all("HTTPRoute").first { $0["metadata.name"].text == "gatehouse" })
            #expect(portal["spec.rules"].items.first?["backendRefs"].items.first?["port"] == port("portal"))
            let configuration = try Repository.text("deploy/kubernetes/shared/gatehouse.toml")
            let network = try Repository.text("deploy/kubernetes/shared/network.yaml")
            #expect(network.contains("metadata.name: \(gateway["metadata.namespace"].text ?? "?")"))
            for route in [site, portal] {
                let host = try #require(route["spec.hostnames"].items.first?.text)
                #expect(configuration.contains(host), "\(host)")
            }
        }

        @Test("passes the headers of Envoy's own file")
        func headers() throws {
            let policy = try EnvoyGateway.spec("SecurityPolicy")["extAuth"]
            #expect(policy["http.headersToBackend"].items.compactMap(\.text) == Forgery.names + ["Cookie"])
            let shipped = try Repository.text("deploy/envoy/envoy.yaml")
            let told = shipped.matches(of: /\{exact: ([a-z-]+)\}/).map { String($0.1) }
            #expect(policy["headersToExtAuth"].items.compactMap { $0.text?.lowercased() } == told)
            let removed = try EnvoyGateway.spec("ClientTrafficPolicy")["headers.earlyRequestHeaders.removeOnMatch"]
            let expression = try #require(removed.items.first?["value"].text)
            #expect(shipped.contains("{remove_on_match: {key_matcher: {safe_regex: {regex: \"\(expression)\"}}}}"))
            #expect(policy["http.path"].text == "/auth/envoy")
        }

        @Test(
            "lets Envoy ask like its own file: challenge, allow, deny, no forged header",
            .enabled(if: Envoy.binary != nil))
        func requests() async throws {
            // Envoy Gateway names no status for a check without an answer: Envoy's own is 403.
            try await OtherProxiesTests().smoke(EnvoyGateway(), away: 403...403)
        }

        @Test("ends no answer for taking long: Envoy's own limit is 15 seconds")
        func timeouts() throws {
            let rules = try EnvoyGateway.documents().filter { $0["kind"].text == "HTTPRoute" }
                .flatMap { $0["spec.rules"].items }
            #expect(rules.count == 2 && rules.allSatisfy { $0["timeouts.request"].text == "0s" })
        }

        @Test(
            "says what happens without its ClientTrafficPolicy, and where Gatehouse cannot decide",
            .enabled(if: Envoy.binary != nil))
        func documented() async throws {
            let stack = try await Stack.start(EnvoyGateway(hasClientPolicy: false), stores: .redis)
            defer { stack.stop() }
            let lines = [("Remote~User", Forgery.value)]
            // Every name that reads like this one: the empty header is Gatehouse's.
            let seen = try stack.arrival("/public/headers.json", headers: lines).all("Remote-User")
            #expect(seen.sorted() == ["", Forgery.value])
            let cookie = try SignIn(stack: stack).cookie(.alice)
            try stack.redis.kill()
            let answer = try stack.page("/headers.json", cookie: cookie)
            #expect(answer.status == 403 && answer.body.isEmpty, "\(answer.text)")
        }
    }
}
