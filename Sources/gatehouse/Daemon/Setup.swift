internal import GatehouseAssembly
internal import GatehouseCommandLine
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePeople
internal import GatehousePortal
internal import GatehouseTerminal
private import Glibc
internal import Logging
private import Synchronization

/// The first administrator of a daemon that was started without a configuration.
final class Setup: Sendable {
    private let maker: FirstAdministratorMaker
    private let link: SetupLink
    private let portal: String
    private let folder: String
    private let path: String
    private let isAnnounced = Atomic<Bool>(false)

    init(_ configuration: Configuration, sessions: SessionParts, maker: FirstAdministratorMaker) {
        self.maker = maker
        link = SetupLink(store: sessions.store, secrets: sessions.secrets)
        portal = configuration.portal.url
        folder = Files.folder(of: configuration.path)
        path = configuration.path
    }

    /// What the portal needs for its page.
    var portalSetup: FirstAdministrator {
        let maker = maker
        return FirstAdministrator(
            link: link, hints: maker.hints, configurationPath: path,
            isNeeded: { () async throws(BackendError) in try await maker.isNeeded() },
            make: { name, password async throws(BackendError) in
                do throws(PeopleError) { return .made(try await maker.make(name.string, password: password)) } catch {
                    let failure = Failure(error)
                    guard failure.code == ExitStatus.refused else { throw .unavailable(reason: failure.message) }
                    return .refused(reason: failure.message)
                }
            })
    }

    /// Tells whoever started the daemon where it is and, once, the link; neither goes into the log.
    func announce() async {
        guard isAnnounced.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        Setup.say("Gatehouse runs without a configuration of yours: \(portal), with everything in \(folder)")
        do {
            guard try await maker.isNeeded() else { return }
            let token = try await link.make(now: WallClock.now())
            Setup.say("Make the administrator, once and within an hour: \(portal)/setup?token=\(token.text)")
        } catch {
            Setup.say("There is no link for making the administrator: \(error)")
        }
    }

    /// Standard output, at once: nothing waits in a buffer when it is a pipe.
    private static func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
