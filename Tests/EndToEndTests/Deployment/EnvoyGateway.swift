internal import Foundation

/// Envoy as Envoy Gateway sets it up for `deploy/kubernetes/gateway-api`.
///
/// No cluster runs here: this makes of the manifests what the gateway's translator makes of them (its `extauth.go`, `listener.go`
/// and their expected output, 1.7), so that what the policies say is tried on real requests. The portal's path is the rig's own.
struct EnvoyGateway: ShippedProxy {
    /// Whether the listener has what `gateway.yaml` says beside it, or only Envoy Gateway's own.
    var hasClientPolicy = true

    static let folder = Repository.file("deploy/kubernetes/gateway-api")

    static func documents() throws -> [JSONNode] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
            .sorted()
        return try StrictYAML.custom(
            names.map { "\(folder)/\($0)" },
            schemas: Repository.file("Tests/EndToEndTests/Deployment/gateway-api.schema.json"))
    }

    static func spec(_ kind: String, named name: String? = nil) throws -> JSONNode {
        let found = try documents().first {
            $0["kind"].text == kind && (name == nil || $0["metadata.name"].text == name)
        }
        guard let found else { throw Stack.Failure(description: "there is no \(kind) \(name ?? "")") }
        return found["spec"]
    }

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let bootstrap: [String: Any] = [
            "static_resources": [
                "listeners": [
                    [
                        "name": "web", "address": Self.address(site.ports.proxy),
                        "filter_chains": [
                            [
                                "filters": [
                                    [
                                        "name": "envoy.filters.network.http_connection_manager",
                                        "typed_config": try manager(site),
                                    ]
                                ]
                            ]
                        ],
                    ]
                ],
                "clusters": [
                    Self.cluster("check", site.ports.check), Self.cluster("portal", site.ports.portal),
                    Self.cluster("app", site.ports.application),
                ],
            ]
        ]
        let data = try JSONSerialization.data(withJSONObject: bootstrap, options: [.sortedKeys])
        return ["envoy.json": String(decoding: data, as: UTF8.self)]
    }

    func command(in home: String) throws -> ProxyCommand {
        guard let envoy = Envoy.binary else { throw Stack.Failure(description: "TEST_ENVOY is not set") }
        return ProxyCommand(
            program: envoy,
            arguments: ["-c", "\(home)/envoy.json", "-l", "warn", "--concurrency", "1", "--disable-hot-restart"])
    }

    private static let check = "envoy.filters.http.ext_authz/securitypolicy/reports/gatehouse"

    private static func type(_ name: String) -> String { "type.googleapis.com/envoy.\(name)" }

    private func manager(_ site: ProxySite) throws -> [String: Any] {
        let client = try hasClientPolicy ? Self.spec("ClientTrafficPolicy") : .nothing
        let underscores = ["DropHeader": "DROP_HEADER", "Allow": "ALLOW"][
            client["headers.withUnderscoresAction"].text ?? ""]
        let slashes = ["KeepUnchanged": "KEEP_UNCHANGED"][client["path.escapedSlashesAction"].text ?? ""]
        let removed = client["headers.earlyRequestHeaders.removeOnMatch"].items.map { match -> [String: Any] in
            ["remove_on_match": ["key_matcher": ["safe_regex": ["regex": match["value"].text ?? ""]]]]
        }
        let mutation: [String: Any] = [
            "name": "envoy.http.early_header_mutation.header_mutation",
            "typed_config": [
                "@type": Self.type("extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"),
                "mutations": removed,
            ],
        ]
        let router: [String: Any] = [
            "name": "envoy.filters.http.router",
            "typed_config": [
                "@type": Self.type("extensions.filters.http.router.v3.Router"), "suppress_envoy_headers": true,
            ],
        ]
        return [
            "@type": Self.type("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "web", "use_remote_address": true, "normalize_path": true, "merge_slashes": true,
            "path_with_escaped_slashes_action": slashes ?? "UNESCAPE_AND_REDIRECT",
            "common_http_protocol_options": ["headers_with_underscores_action": underscores ?? "REJECT_REQUEST"],
            "server_header_transformation": "PASS_THROUGH",
            "early_header_mutation_extensions": removed.isEmpty ? [] : [mutation],
            "upgrade_configs": [["upgrade_type": "websocket"]],
            "http_filters": [try Self.filter(), router],
            "route_config": [
                "name": "web", "ignore_port_in_host_matching": true,
                "virtual_hosts": [
                    [
                        "name": "reports", "domains": [site.host],
                        "routes": [
                            [
                                "match": ["prefix": "/_gatehouse/"],
                                "route": try Self.action("portal", of: "gatehouse", ["prefix_rewrite": "/"]),
                            ],
                            [
                                "match": ["prefix": "/"], "route": try Self.action("app", of: "reports"),
                                "typed_per_filter_config": [
                                    Self.check: [
                                        "@type": Self.type("config.route.v3.FilterConfig"), "config": [String: Any](),
                                    ] as [String: Any]
                                ],
                            ],
                        ] as [[String: Any]],
                    ] as [String: Any]
                ],
            ] as [String: Any],
        ]
    }

    /// Where an HTTPRoute leads, and how long that may take: Envoy's own 15 s where the route does not say.
    private static func action(
        _ cluster: String, of route: String, _ more: [String: Any] = [:]
    ) throws -> [String: Any] {
        var action: [String: Any] = more
        action["cluster"] = cluster
        if let limit = try spec("HTTPRoute", named: route)["rules"].items.first?["timeouts.request"].text {
            action["timeout"] = limit
            if limit == "0s" { action["idle_timeout"] = limit }
        }
        return action
    }

    /// The filter of a SecurityPolicy, which its route turns on.
    private static func filter() throws -> [String: Any] {
        let policy = try spec("SecurityPolicy")["extAuth"]
        func patterns(_ names: JSONNode) -> [String: Any] {
            ["patterns": names.items.map { ["exact": $0.text ?? "", "ignore_case": true] as [String: Any] }]
        }
        return [
            "name": check, "disabled": true,
            "typed_config": [
                "@type": type("extensions.filters.http.ext_authz.v3.ExtAuthz"), "transport_api_version": "V3",
                "failure_mode_allow": policy["failOpen"] == .truth(true),
                "allowed_headers": patterns(policy["headersToExtAuth"]),
                "http_service": [
                    "path_prefix": policy["http.path"].text ?? "",
                    "server_uri": ["uri": "http://gatehouse.gatehouse:9180", "cluster": "check", "timeout": "10s"],
                    "authorization_response": [
                        "allowed_upstream_headers": patterns(policy["http.headersToBackend"])
                    ],
                ] as [String: Any],
            ] as [String: Any],
        ]
    }

    private static func address(_ port: UInt16) -> [String: Any] {
        ["socket_address": ["address": "127.0.0.1", "port_value": Int(port)] as [String: Any]]
    }

    private static func cluster(_ name: String, _ port: UInt16) -> [String: Any] {
        [
            "name": name, "connect_timeout": "10s",
            "load_assignment": [
                "cluster_name": name,
                "endpoints": [["lb_endpoints": [["endpoint": ["address": address(port)]]]]],
            ] as [String: Any],
        ]
    }
}
