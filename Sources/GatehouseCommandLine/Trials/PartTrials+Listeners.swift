internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseListener

/// The addresses that the daemon will listen on.
extension PartTrials.Trial {
    static func listeners(_ configuration: Configuration) -> Self {
        Self("listen") {
            let lists = [
                ("check.listen", configuration.check.listen), ("portal.listen", configuration.portal.listen),
                ("admin.listen", configuration.admin.listen),
            ]
            let isRunning = await daemonAnswers(configuration)
            return lists.flatMap { key, addresses in
                addresses.map { PartReport(key, outcome(of: $0, isRunning: isRunning)) }
            }
        }
    }

    private static func outcome(of address: ListenAddress, isRunning: Bool) -> PartReport.Outcome {
        switch ListeningSocket.vacancy(of: address) {
        case .free: .works("\(address): is free")
        case .taken where isRunning: .works("\(address): is in use, and the daemon runs")
        case .taken:
            .fails("\(address): another program listens there; stop it or choose another address")
        case .impossible(let reason): .fails("\(address): cannot be listened on: \(reason)")
        }
    }

    /// Whether the admin listener answers as Gatehouse's own does.
    private static func daemonAnswers(_ configuration: Configuration) async -> Bool {
        for address in configuration.admin.listen {
            guard ListeningSocket.vacancy(of: address) == .taken,
                let answer = try? await AdminClient.get("/livez", from: address)
            else { continue }
            if answer.utf8.starts(with: "HTTP/1.1 200 ".utf8), answer.hasSuffix("\r\n\r\nok\n") { return true }
        }
        return false
    }
}
