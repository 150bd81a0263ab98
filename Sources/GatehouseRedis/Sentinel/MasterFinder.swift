internal import GatehouseCore
internal import NIOCore

/// Finds the master that Sentinels name, for one link on its event loop.
final class MasterFinder {
    private let settings: SentinelSettings
    private let eventLoop: any EventLoop
    /// The time that one Sentinel has; the next one is asked afterwards.
    private let patience: TimeAmount
    private var order: SentinelOrder

    /// How often a link that is up asks whether its master is the master still.
    static let pause = TimeAmount.seconds(1)

    /// `connectDeadline` is the time that a link has to connect, of which the search has a part for each Sentinel.
    init(_ settings: SentinelSettings, eventLoop: any EventLoop, connectDeadline: Duration) {
        self.settings = settings
        self.eventLoop = eventLoop
        patience = TimeAmount(connectDeadline / 4)
        order = SentinelOrder(settings.addresses)
    }

    /// Asks one Sentinel after another until one names a master.
    ///
    /// The completion is called once, on the loop; the fault is that of the last one that was asked.
    func find(_ completion: @escaping (Result<ServerAddress, SentinelFault>) -> Void) {
        ask(order.addresses[...], "none is named", completion)
    }

    private func ask(
        _ rest: ArraySlice<ServerAddress>, _ fault: SentinelFault,
        _ completion: @escaping (Result<ServerAddress, SentinelFault>) -> Void
    ) {
        guard let address = rest.first else { return completion(.failure(fault)) }
        SentinelQuestion.ask(address, settings, on: eventLoop, within: patience) { [self] result in
            switch result {
            case .success(.master(let found)):
                order.answered(address)
                completion(.success(found))
            case .success(let answer):
                order.failed(address)
                ask(rest.dropFirst(), MasterFinder.fault(answer, address, settings.master), completion)
            case .failure(let fault):
                order.failed(address)
                ask(rest.dropFirst(), "\(address): \(fault)", completion)
            }
        }
    }

    private static func fault(_ answer: SentinelAnswer, _ address: ServerAddress, _ name: String) -> SentinelFault {
        switch answer {
        case .master, .unfit: "\(address) does not answer like Sentinel"
        case .unknownName: "\(address) knows no master called \(SafeText.quoted(name))"
        case .refused(.notAuthenticated):
            "\(address) wants a password (NOAUTH): set sessions.sentinel_password"
        case .refused(.wrongPassword):
            SentinelFault(
                description:
                    "\(address) refuses the user or the password (WRONGPASS): see sessions.sentinel_username and "
                    + "sessions.sentinel_password")
        case .refused(let code): "\(address) refused: \(code.rawValue)"
        }
    }
}
