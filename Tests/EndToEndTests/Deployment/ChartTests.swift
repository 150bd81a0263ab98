internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("deploy/kubernetes/chart", .enabled(if: StrictYAML.schemas != nil && Manifests.helm != nil))
    struct ChartTests {
        @Test("is what Helm calls a good chart")
        func lint() throws {
            let (status, output) = try Manifests.runHelm(["lint", "--strict", Manifests.chartFolder])
            #expect(status == 0, "\(output)")
        }

        @Test("makes the same pods as the plain manifests")
        func pods() throws {
            let plain = try #require(try Manifests.shared.pods().first { $0.pod.gatehouse != nil }).pod.spec.members
            let chart = try #require(try Manifests.chart.pods().first).pod.spec.members
            for (key, value) in plain where key != "topologySpreadConstraints" && key != "volumes" {
                #expect(chart[key] == value, "\(key)")
            }
            #expect(Set(chart.keys) == Set(plain.keys))
        }

        @Test("takes other values, and refuses those that it does not know")
        func values() throws {
            let one = try Manifests.documents(ofChart: [
                "--set", "replicas=1", "--set", "image=registry.example.com/gatehouse:1", "--set",
                "administrator.name=bob", "--set", "ingressNamespace=edge",
            ])
            #expect(!one.contains { $0["kind"].text == "PodDisruptionBudget" })
            let text = "\(one)"
            for word in ["registry.example.com/gatehouse:1", "bob", "edge"] { #expect(text.contains(word), "\(word)") }
            for wrong in ["replica=1", "replicas=two", "administrator.pasword=x"] {
                let (status, output) = try Manifests.runHelm(["template", "x", Manifests.chartFolder, "--set", wrong])
                #expect(status != 0 && output.contains("schema"), "\(wrong): \(output)")
            }
            // Two releases in one namespace are apart.
            let names = try Manifests.documents(ofChart: [], release: "other").compactMap(\.["metadata.name"].text)
            #expect(Set(names) == ["other"])
        }
    }
}
