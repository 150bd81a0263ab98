internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// No cluster runs here: what `kubectl` and Helm make of the files is compared with the schemas of Kubernetes and with what
    /// the documentation says.
    @Suite("deploy/kubernetes", .enabled(if: StrictYAML.schemas != nil && Manifests.kubectl != nil))
    struct KubernetesTests {
        @Test("is read strictly: what Kubernetes does not know is an error")
        func strict() throws {
            let folder = try TemporaryFolder()
            let text = try Repository.text("deploy/kubernetes/shared/gatehouse.yaml")
            for (old, new, word) in [
                ("replicas: 2", "replica: 2", "replica"), ("replicas: 2", "replicas: two", "two"),
                ("readOnlyRootFilesystem", "readOnlyRoot", "readOnlyRoot"),
                ("apps/v1", "apps/v2", "knows no Deployment"),
            ] {
                let path = try folder.write(text.replacing(old, with: new, maxReplacements: 1), to: "gatehouse.yaml")
                let refusal = #expect(throws: StrictYAML.Refusal.self) { try StrictYAML.kubernetes([path]) }
                #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")")
            }
        }

        @Test("holds what it says", arguments: Manifests.allCases)
        func kinds(manifests: Manifests) throws {
            let kinds = try manifests.documents().compactMap(\.["kind"].text).sorted()
            let expected =
                switch manifests {
                case .sidecar:
                    [
                        "ConfigMap", "ConfigMap", "Deployment", "Namespace", "NetworkPolicy", "PersistentVolumeClaim",
                        "Service",
                    ]
                case .shared:
                    [
                        "ConfigMap", "Deployment", "Namespace", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy",
                        "PodDisruptionBudget", "Service", "Service", "Service", "StatefulSet", "StatefulSet",
                    ]
                case .chart: ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"]
                }
            #expect(kinds == expected)
            for document in try manifests.documents() where document["kind"].text == "Namespace" {
                let labels = document["metadata"]["labels"].members
                #expect(labels["pod-security.kubernetes.io/enforce"] == .text("restricted"))
            }
        }

        /// The Pod Security Standards' profile "restricted", as far as these pods touch it.
        @Test("is allowed where pods are restricted", arguments: Manifests.allCases)
        func restricted(manifests: Manifests) throws {
            for (name, pod) in try manifests.pods() {
                for key in ["hostNetwork", "hostPID", "hostIPC"] { #expect(pod[key] == .nothing, "\(name)") }
                #expect(pod["automountServiceAccountToken"] == .truth(false), "\(name)")
                #expect(pod["enableServiceLinks"] == .truth(false), "\(name)")
                let security = pod["securityContext"]
                #expect(security["runAsNonRoot"] == .truth(true), "\(name)")
                #expect((security["runAsUser"].number ?? 0) > 0 && (security["fsGroup"].number ?? 0) > 0, "\(name)")
                #expect(security["seccompProfile.type"].text == "RuntimeDefault", "\(name)")
                for sysctl in security["sysctls"].items {
                    #expect(sysctl["name"].text == "net.ipv4.ip_unprivileged_port_start", "\(name)")
                }
                for volume in pod["volumes"].items {
                    let kind = volume.members.keys.filter { $0 != "name" }
                    #expect(kind.count == 1, "\(name)")
                    #expect(
                        ["configMap", "secret", "emptyDir", "persistentVolumeClaim"].contains(kind.first ?? ""),
                        "\(name)")
                }
                for container in pod["initContainers"].items + pod["containers"].items {
                    let label = "\(name): \(container["name"].text ?? "")"
                    let security = container["securityContext"]
                    #expect(security["allowPrivilegeEscalation"] == .truth(false), "\(label)")
                    #expect(security["readOnlyRootFilesystem"] == .truth(true), "\(label)")
                    #expect(security["capabilities"] == .object(["drop": .list([.text("ALL")])]), "\(label)")
                    #expect(container["ports"].items.allSatisfy { $0["hostPort"] == .nothing }, "\(label)")
                    for limit in ["requests.cpu", "requests.memory", "limits.memory"] {
                        #expect(container["resources"][limit].text != nil, "\(label): \(limit)")
                    }
                }
            }
        }

        @Test("asks Gatehouse whether it is alive and ready, and gives it time to go", arguments: Manifests.allCases)
        func probes(manifests: Manifests) throws {
            let pod = try #require(try manifests.pods().first { $0.pod.gatehouse != nil }).pod
            let gatehouse = try #require(pod.gatehouse)
            #expect(gatehouse["args"].items == [.text("serve")])
            for (probe, path) in [("readinessProbe", "/readyz"), ("livenessProbe", "/livez")] {
                #expect(gatehouse[probe]["httpGet"] == .object(["path": .text(path), "port": .text("metrics")]))
            }
            let ports = gatehouse["ports"].items
            #expect(ports.first { $0["name"].text == "metrics" }?["containerPort"].number == 9_182)
            // The delay and the drain of the configuration, and some seconds more.
            #expect((pod["terminationGracePeriodSeconds"].number ?? 0) >= 20)
            let text = try #require(try manifests.configuration())
            #expect(text.contains("[admin]\nlisten = [\"0.0.0.0:9182\"]"))
            // Until the Service knows: Gatehouse waits, or nginx does, which goes before its sidecar.
            guard manifests == .sidecar else {
                #expect(text.contains("[shutdown]\ndelay = \"5s\""))
                return
            }
            #expect(gatehouse["restartPolicy"].text == "Always" && pod["initContainers"].items == [gatehouse])
            #expect(gatehouse["startupProbe"]["httpGet.path"].text == "/readyz", "nginx starts then")
            let nginx = try #require(pod["containers"].items.first { $0["name"].text == "nginx" })
            #expect(nginx["lifecycle.preStop.sleep.seconds"].number == 5)
        }

        @Test("lets nobody reach a pod but those who have to", arguments: Manifests.allCases)
        func network(manifests: Manifests) throws {
            let policies = try manifests.documents().filter { $0["kind"].text == "NetworkPolicy" }
            for (name, pod) in try manifests.pods() {
                let mine = policies.filter { $0["spec.podSelector"].selects(pod.labels) }
                #expect(!mine.isEmpty, "\(name)")
                for policy in mine {
                    #expect(policy["spec.policyTypes"].items == [.text("Ingress")])
                    for rule in policy["spec.ingress"].items {
                        // Ports by name are those of a container.
                        for port in rule["ports"].items.compactMap(\.["port"].text) {
                            let ports = (pod.spec["initContainers"].items + pod.spec["containers"].items)
                                .flatMap { $0["ports"].items }.compactMap(\.["name"].text)
                            if manifests != .shared { #expect(ports.contains(port), "\(name): \(port)") }
                        }
                        // Only the site's own pod is open to the world, and only nginx in it.
                        if rule["from"] == .nothing {
                            #expect(rule["ports"].items.compactMap(\.["port"].text) == ["https"], "\(name)")
                        }
                    }
                }
            }
        }

        @Test(
            "keeps one instance at least, whatever happens to nodes and versions",
            arguments: [Manifests.shared, .chart])
        func availability(manifests: Manifests) throws {
            let documents = try manifests.documents()
            let deployment = try #require(documents.first { $0["kind"].text == "Deployment" })
            #expect(deployment["spec.replicas"].number == 2)
            let rolling = deployment["spec.strategy.rollingUpdate"]
            #expect(rolling["maxUnavailable"].number == 0 && rolling["maxSurge"].number == 1)
            let budget = try #require(documents.first { $0["kind"].text == "PodDisruptionBudget" })
            #expect(budget["spec.minAvailable"].number == 1)
            let labels = deployment["spec.template.metadata.labels"].members
            #expect(budget["spec.selector"].selects(labels))
            #expect(deployment["spec.selector"].selects(labels))
            let service = try #require(
                documents.first { $0["kind"].text == "Service" && $0["metadata.name"].text == "gatehouse" })
            #expect(labels.merging(service["spec.selector"].members) { $1 } == labels)
        }

        @Test("has a configuration that Gatehouse takes, with the variables of Kubernetes' services around it")
        func configuration() throws {
            for manifests in Manifests.allCases {
                let folder = try TemporaryFolder()
                let output = try manifests.check(in: folder) { config in
                    try Tools.run(
                        try Repository.gatehouse(), ["render", "nginx", "--config", config],
                        environment: [
                            "GATEHOUSE_PORT": "tcp://10.96.12.3:9180", "GATEHOUSE_SERVICE_HOST": "10.96.12.3",
                            "GATEHOUSE_SERVICE_PORT": "9180", "GATEHOUSE_SERVICE_PORT_CHECK": "9180",
                            "GATEHOUSE_PORT_9180_TCP": "tcp://10.96.12.3:9180", "GATEHOUSE_PORT_9180_TCP_PROTO": "tcp",
                            "GATEHOUSE_PORT_9180_TCP_PORT": "9180", "GATEHOUSE_PORT_9180_TCP_ADDR": "10.96.12.3",
                        ])
                }
                #expect(output.status == 0, "\(manifests): \(output.output)")
            }
        }

        // MARK: - The proxies' files

        @Test("has nginx' files as `gatehouse render nginx` writes them, and nginx takes them")
        func nginx() throws {
            let folder = try TemporaryFolder()
            let (status, output) = try Manifests.sidecar.check(in: folder) { config in
                try Tools.run(
                    try Repository.gatehouse(),
                    ["render", "nginx", "--config", config, "--directory", folder.file("nginx")])
            }
            try #require(status == 0, "\(output)")
            let shipped = Repository.file("deploy/kubernetes/sidecar/gatehouse")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("nginx")).sorted()
            #expect(try FileManager.default.contentsOfDirectory(atPath: shipped).sorted() == names)
            for name in names {
                let text = try String(contentsOfFile: folder.file("nginx/\(name)"), encoding: .utf8)
                #expect(try String(contentsOfFile: "\(shipped)/\(name)", encoding: .utf8) == text, "\(name)")
            }
            let certificate = try Tools.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=test",
                    "-keyout", folder.file("tls.key"), "-out", folder.file("tls.crt"),
                ])
            try #require(certificate.status == 0, "\(certificate.output)")
            let main = try folder.write(
                try Repository.text(
                    "deploy/kubernetes/sidecar/nginx.conf",
                    replacing: [
                        ("/run/tls", folder.path), ("/tmp", folder.path), ("/etc/nginx", folder.file("nginx")),
                    ]), to: "nginx.conf")
            let test = try Tools.run("nginx", ["-t", "-e", folder.file("log"), "-p", folder.path, "-c", main])
            #expect(test.status == 0, "\(test.output)")
            // All of them are mounted.
            let files = try #require(
                try Manifests.sidecar.documents().first { $0["data"].members["nginx.conf"] != nil })["data"].members
            #expect(Set(files.keys) == Set(names + ["nginx.conf"]))
        }

        @Test("asks for checks as the proxies' own files do")
        func proxies() throws {
            let ingress = try StrictYAML.kubernetes([Repository.file("deploy/kubernetes/shared/ingress-nginx.yaml")])
            let annotations = try #require(ingress.first)["metadata.annotations"].members
            let prefix = "nginx.ingress.kubernetes.io"
            #expect(
                annotations["\(prefix)/auth-response-headers"]?.text?.split(separator: ",").map(String.init)
                    == Forgery.names)
            // Pinned, since it tells the host as the client wrote it.
            #expect(annotations["\(prefix)/auth-url"]?.text?.hasSuffix(":9180/auth/request/reports") == true)
            #expect(try Manifests.shared.configuration()?.contains("name = \"reports\"\n") == true)

            let traefik = try Repository.text(
                "deploy/traefik/gatehouse.yml",
                replacing: [("http://127.0.0.1:9180", "http://gatehouse.gatehouse.svc.cluster.local:9180")])
            let check = try #require(traefik.firstMatch(of: /gatehouse: \{(forwardAuth: \{(?s:.*?)\})\}\n/)).output.1
            #expect(try Repository.text("deploy/kubernetes/shared/traefik.yaml").contains(check))
        }
    }
}
