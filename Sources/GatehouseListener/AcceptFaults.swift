private import Glibc
internal import Logging
internal import NIOCore

/// What a listening channel does when the system has no descriptor left for a connection.
///
/// It says so once a minute, turns away whoever waits with the help of a descriptor that is kept for that, and lets a second
/// pass (NIO's `AcceptBackoffHandler`, which is in front of it); otherwise it would ask again at once, forever.
final class AcceptFaults: ChannelInboundHandler {
    typealias InboundIn = Channel

    private let descriptor: Int32
    private let key: String
    private let logger: Logger
    private let makeRoom: () -> Void
    private var reserve: Int32
    private var lastComplaint: NIODeadline?

    /// - Parameters:
    ///   - descriptor: the listening socket.
    ///   - key: its key in the configuration.
    ///   - logger: for the complaint.
    ///   - makeRoom: closes what can be spared.
    init(descriptor: Int32, key: String, logger: Logger, makeRoom: @escaping () -> Void) {
        self.descriptor = descriptor
        self.key = key
        self.logger = logger
        self.makeRoom = makeRoom
        reserve = AcceptFaults.openReserve()
    }

    deinit {
        if reserve >= 0 { Glibc.close(reserve) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let fault = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(fault.errnoCode) else {
            // NIO closes the socket after most others: who owns the listener ends with it.
            let reason = (error as? IOError).map { unsafe String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            logger.error("connections cannot be taken", metadata: ["listener": "\(key)", "error": "\(reason)"])
            return context.fireErrorCaught(error)
        }
        complain(fault.errnoCode)
        makeRoom()
        turnAway()
    }

    private func complain(_ code: Int32) {
        let now = NIODeadline.now()
        if let last = lastComplaint, now - last < .seconds(60) { return }
        lastComplaint = now
        logger.error(
            "connections are turned away: raise the limit of open files (ulimit -n, LimitNOFILE=) or allow fewer connections",
            metadata: ["listener": "\(key)", "error": "\(unsafe String(cString: strerror(code)))"])
    }

    /// Takes those who wait, as far as descriptors go, and closes them: better than to let them hang.
    private func turnAway() {
        if reserve >= 0 { Glibc.close(reserve) }
        for _ in 0..<64 {
            let waiting = accept(descriptor, nil, nil)
            guard waiting >= 0 else { break }
            Glibc.close(waiting)
        }
        reserve = AcceptFaults.openReserve()
    }

    private static func openReserve() -> Int32 { unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
