internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseListener
internal import GatehouseServer
internal import GatehouseSystem
internal import GatehouseTerminal
private import Glibc

/// Everything that the daemon listens on, opened before anything of it answers.
struct DaemonSockets {
    let check: [ListeningSocket]
    let portal: [ListeningSocket]
    let admin: [ListeningSocket]

    /// - Parameters:
    ///   - configuration: names the addresses.
    ///   - inherited: sockets that the service manager opened, called "check", "portal" or "admin".
    /// - Throws: `Failure.usage` with every address that cannot be listened on.
    init(_ configuration: Configuration, inherited: [InheritedDescriptor]) throws(Failure) {
        let lists = [
            ("check.listen", configuration.check.listen), ("portal.listen", configuration.portal.listen),
            ("admin.listen", configuration.admin.listen),
        ]
        let addresses = lists.flatMap { key, list in list.map { (key: key, address: $0) } }
        for descriptor in inherited where !lists.contains(where: { $0.0 == "\(descriptor.name).listen" }) {
            throw .usage(
                "LISTEN_FDNAMES: descriptor \(descriptor.number) is called \"\(shown(descriptor.name))\"; its unit has to call it "
                    + "check, portal or admin (FileDescriptorName=)")
        }
        let passed = inherited.map { (key: "\($0.name).listen", descriptor: $0.number) }
        let sockets: [ListeningSocket]
        do throws(CannotListenAnywhere) {
            sockets = try ListeningSocket.openAll(addresses, inherited: passed)
        } catch {
            throw .usage("\(error)")
        }
        check = sockets.filter { $0.key == "check.listen" }
        portal = sockets.filter { $0.key == "portal.listen" }
        admin = sockets.filter { $0.key == "admin.listen" }
    }
}

/// How many connections each address may have, so that descriptors are left for stores, backends and files.
struct ConnectionBudget {
    /// Of all check addresses together.
    let checks: Int
    /// Of each address of the portal.
    let portal: Int
    /// What the operator should know; `nil` if there is room for everything.
    let complaint: String?

    /// What is wanted where the system gives enough.
    static var most: Int { 4_096 }
    /// Links to stores and directories, event loops, files, listening sockets, and connections of strangers and of
    /// those that hear why there is no room.
    private static var reserve: Int { 192 }

    init(sockets: DaemonSockets) {
        var limit = rlimit()
        let known = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        self.init(
            descriptors: known ? Int(clamping: limit.rlim_cur) : 1_024, portals: sockets.portal.count,
            admins: sockets.admin.count)
    }

    /// - Parameters:
    ///   - descriptors: how many this process may have.
    ///   - portals: addresses of the portal.
    ///   - admins: addresses of the admin listener.
    init(descriptors: Int, portals: Int, admins: Int) {
        let admins = admins * AdminServer.places
        let reserve = min(ConnectionBudget.reserve, descriptors * 3 / 4)
        let left = max(descriptors - reserve - min(admins, descriptors / 8), 32)
        portal = min(ConnectionBudget.most, left / 4 / max(portals, 1))
        checks = min(ConnectionBudget.most, left - portal * portals)
        guard checks < ConnectionBudget.most || portal < ConnectionBudget.most else {
            complaint = nil
            return
        }
        complaint =
            "the limit of open files (\(descriptors)) leaves room for \(checks) connections for checks and \(portal) of the portal: raise it (ulimit -n, LimitNOFILE=)"
    }
}
