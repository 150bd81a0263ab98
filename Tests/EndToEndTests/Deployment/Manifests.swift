internal import Foundation
internal import GatehouseTestSupport

/// The shipped ways onto Kubernetes, as `kubectl kustomize` and `helm template` render them.
enum Manifests: String, CaseIterable, Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    case sidecar, shared, chart

    static var kubectl: String? { ProcessInfo.processInfo.environment["TEST_KUBECTL"] }
    static var helm: String? { ProcessInfo.processInfo.environment["TEST_HELM"] }
    static let chartFolder = Repository.file("deploy/kubernetes/chart")

    private static let rendered = Mutexed<[Manifests: [JSONNode]]>([:])

    /// Every document, compared with its schema; rendered once.
    func documents() throws -> [JSONNode] {
        if let documents = Manifests.rendered.value[self] { return documents }
        let documents = try render()
        Manifests.rendered.change { $0[self] = documents }
        return documents
    }

    private func render() throws -> [JSONNode] {
        guard self != .chart else { return try Manifests.documents(ofChart: []) }
        return try Manifests.checked(
            try Tools.run(
                Manifests.kubectl ?? "kubectl", ["kustomize", Repository.file("deploy/kubernetes/\(rawValue)")]))
    }

    static func documents(ofChart options: [String], release: String = "gatehouse") throws -> [JSONNode] {
        try checked(try runHelm(["template", release, chartFolder] + options))
    }

    /// Helm looks for plugins and registries in a home; it gets an empty one.
    static func runHelm(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let home = try TemporaryFolder()
        return try Tools.run(helm ?? "helm", arguments, environment: ["HOME": home.path])
    }

    private static func checked(_ rendered: (status: Int32, output: String)) throws -> [JSONNode] {
        guard rendered.status == 0 else { throw Failure(description: rendered.output) }
        let folder = try TemporaryFolder()
        return try StrictYAML.kubernetes([try folder.write(rendered.output, to: "rendered.yaml")])
    }

    /// The pods that Deployments and StatefulSets make.
    func pods() throws -> [(name: String, pod: Pod)] {
        try documents().compactMap { document in
            guard ["Deployment", "StatefulSet"].contains(document["kind"].text ?? "") else { return nil }
            return (document["metadata.name"].text ?? "", Pod(template: document["spec.template"]))
        }
    }

    /// The text of `gatehouse.toml`.
    func configuration() throws -> String? {
        try documents().compactMap { $0["data"].members["gatehouse.toml"]?.text }.first
    }

    /// Runs something with the configuration, on keys as the documentation makes them.
    func check<Result>(in folder: TemporaryFolder, _ body: (_ config: String) throws -> Result) throws -> Result {
        try FileManager.default.createDirectory(
            atPath: folder.file("keys"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let page = try Repository.text("deploy/docs/kubernetes.md")
        for literal in page.matches(of: /--from-literal=([a-z]+)="(.*)"(?: \\)?\n/) {
            let made = try Tools.run("bash", ["-c", "printf '%s' \"\(literal.2)\""])
            guard made.status == 0 else { throw Failure(description: made.output) }
            try folder.write(made.output, to: "keys/\(literal.1)")
        }
        var text = try configuration() ?? ""
        // Those of the volume, where the file names none.
        if !text.contains("[keys]") {
            text += "\n[keys]\nlookup = \"file:/run/keys/lookup\"\nseal = \"file:/run/keys/seal\"\n"
        }
        let names = LoopbackNames([("/run/keys", folder.file("keys"))])
        return try body(try folder.write(names.text(text), to: "gatehouse.toml"))
    }

    /// One pod.
    struct Pod: Sendable {
        let labels: [String: JSONNode]
        let spec: JSONNode

        init(template: JSONNode) {
            labels = template["metadata.labels"].members
            spec = template["spec"]
        }

        subscript(path: String) -> JSONNode { spec[path] }

        /// The container of the daemon.
        var gatehouse: JSONNode? {
            (spec["initContainers"].items + spec["containers"].items).first { $0["name"].text == "gatehouse" }
        }
    }
}

extension JSONNode {
    /// Whether a label selector chooses what has these labels.
    func selects(_ labels: [String: JSONNode]) -> Bool {
        let matches = self["matchLabels"].members
        guard matches.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        return self["matchExpressions"].items.allSatisfy { rule in
            rule["operator"].text == "In"
                && rule["values"].items.contains(labels[rule["key"].text ?? ""] ?? .nothing)
        }
    }
}
