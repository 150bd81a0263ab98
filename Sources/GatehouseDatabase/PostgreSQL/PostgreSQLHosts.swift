/// The servers that an address names, one by one.
///
/// libpq tries them itself only where it may block: asked step by step, it stays with the one that does not answer.
struct PostgreSQLHosts {
    typealias Parameter = (keyword: String, value: String)

    /// One server, with everything that libpq has to know of it.
    struct Host {
        /// For messages: `db1.example.com:5432`.
        let name: String
        let parameters: [Parameter]
    }

    /// In the order in which they are tried; with `target_session_attrs=prefer-standby` each of them twice.
    let candidates: [Host]
    /// How long each of them may take: `connect_timeout` of the address, else ours.
    let deadline: Duration
    let areSeveral: Bool

    /// - Parameters:
    ///   - parameters: those of the address.
    ///   - deadline: for each host, where the address has no `connect_timeout`.
    init(_ parameters: [Parameter], deadline: Duration) {
        func value(_ keyword: String) -> String? { parameters.first { $0.keyword == keyword }?.value }
        if let text = value("connect_timeout"), let seconds = Int(text), (1...3_600).contains(seconds) {
            self.deadline = .seconds(seconds)
        } else {
            self.deadline = deadline
        }
        var hosts = PostgreSQLHosts.split(parameters)
        if value("load_balance_hosts") == "random" { hosts.shuffle() }
        areSeveral = hosts.count > 1
        guard areSeveral, value("target_session_attrs") == "prefer-standby" else {
            candidates = hosts
            return
        }
        candidates = ["standby", "any"].flatMap { wanted in
            hosts.map {
                Host(
                    name: $0.name, parameters: PostgreSQLHosts.replacing("target_session_attrs", wanted, $0.parameters))
            }
        }
    }

    /// What libpq would not understand goes to it as it is, and it says so.
    private static func split(_ parameters: [Parameter]) -> [Host] {
        func list(_ keyword: String) -> [String] {
            guard let value = parameters.first(where: { $0.keyword == keyword })?.value else { return [] }
            return value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(names.count, addresses.count)
        func fits(_ list: [String]) -> Bool { list.isEmpty || list.count == count }
        guard count > 1, fits(names), fits(addresses), ports.count == 1 || fits(ports) else {
            return [Host(name: names.first ?? addresses.first ?? "", parameters: parameters)]
        }
        return (0..<count).map { index in
            var own = parameters
            func take(_ keyword: String, _ list: [String]) -> String? {
                guard let value = list.indices.contains(index) ? list[index] : list.first else { return nil }
                own = replacing(keyword, value, own)
                return value
            }
            let name = take("host", names)
            let address = take("hostaddr", addresses)
            let port = take("port", ports)
            let shown = name.flatMap { $0.isEmpty ? nil : $0 } ?? address ?? "this machine"
            return Host(name: port.map { "\(shown):\($0)" } ?? shown, parameters: own)
        }
    }

    private static func replacing(_ keyword: String, _ value: String, _ parameters: [Parameter]) -> [Parameter] {
        parameters.filter { $0.keyword != keyword } + [(keyword, value)]
    }
}
