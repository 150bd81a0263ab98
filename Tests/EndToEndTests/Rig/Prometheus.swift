internal import Foundation
internal import GatehouseTestSupport

/// A real Prometheus that scrapes a daemon every second, with the shipped alerts.
final class Prometheus: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let folder: TemporaryFolder
    private let port: UInt16
    private let process: ChildProcess

    /// Starts it, and waits until it has scraped the daemon a few times.
    static func start(scraping admin: UInt16) async throws -> Prometheus {
        let prometheus = try Prometheus(admin)
        let isFed = await eventually(within: .seconds(60)) {
            let samples = try? prometheus.ask("count_over_time(up{job=\"gatehouse\"}[5m]) >= 4")
            return samples?.isEmpty == false || !prometheus.process.isRunning
        }
        guard isFed, prometheus.process.isRunning else {
            prometheus.stop()
            throw Failure(description: "Prometheus does not scrape: \(prometheus.log)")
        }
        return prometheus
    }

    private init(_ admin: UInt16) throws {
        folder = try TemporaryFolder()
        port = try FreePort.any()
        let file = try folder.write(
            """
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files:
              - \(Repository.file("deploy/prometheus/alerts.yml"))
            scrape_configs:
              - job_name: gatehouse
                static_configs:
                  - targets: ["127.0.0.1:\(admin)"]
            """, to: "prometheus.yml")
        process = try Server.start(
            "prometheus",
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ], output: folder.file("log"))
    }

    func stop() { Server.stop(process) }

    var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    /// One series of an answer.
    struct Series: Decodable, Sendable {
        let metric: [String: String]
    }

    /// Runs a query, as of now.
    func ask(_ query: String) throws -> [Series] {
        struct Answered: Decodable {
            struct Result: Decodable {
                let result: [Series]
            }
            let data: Result
        }
        let answer = try get("/api/v1/query?query=\(SignIn.encoded(query))")
        guard answer.status == 200 else { throw Failure(description: "\(query): \(answer.text)") }
        return try JSONDecoder().decode(Answered.self, from: Data(answer.body)).data.result
    }

    /// The expressions of the alerts that it has loaded.
    func alerts() throws -> [(name: String, query: String)] {
        struct Answered: Decodable {
            struct Groups: Decodable {
                let groups: [Group]
            }
            struct Group: Decodable {
                let rules: [Rule]
            }
            struct Rule: Decodable {
                let name: String
                let query: String
            }
            let data: Groups
        }
        let rules = try JSONDecoder().decode(Answered.self, from: Data(try get("/api/v1/rules").body))
        return rules.data.groups.flatMap(\.rules).map { ($0.name, $0.query) }
    }

    /// What the daemon said of a metric.
    func unit(of metric: String) throws -> String? {
        struct Answered: Decodable {
            struct Metadata: Decodable {
                let unit: String
            }
            let data: [String: [Metadata]]
        }
        let answer = try get("/api/v1/metadata?metric=\(metric)")
        return try JSONDecoder().decode(Answered.self, from: Data(answer.body)).data[metric]?.first?.unit
    }

    private func get(_ path: String) throws -> Answer {
        try Exchange.get(path, host: "localhost", port: port, seconds: 30)
    }
}
