private import Glibc
internal import Logging
internal import NIOCore

/// What a listening channel does when the system has no descriptor left for a connection.
///
/// It says so once a minute and turns away whoever waits with the help of a descriptor that is kept for that. Another thread may
/// take that one in the moment in which it is free: then nobody can be turned away, and the socket is left alone for a second.
/// It stays readable, so that the loop would ask again at once, forever (NIO's `AcceptBackoffHandler` does not prevent that: it
/// holds back reads, and after an error none is asked for).
final class AcceptFaults: ChannelInboundHandler {
    typealias InboundIn = Channel

    private let descriptor: Int32
    private let key: String
    private let logger: Logger
    private let makeRoom: () -> Void
    private var reserve: Int32
    private var lastComplaint: NIODeadline?

    /// How long nobody is accepted after nobody could be turned away.
    private static var pause: TimeAmount { .seconds(1) }

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
        if !turnAway() { leaveAlone(context.channel) }
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
    ///
    /// - Returns: whether nobody waits any more for want of a descriptor.
    private func turnAway() -> Bool {
        if reserve >= 0 { Glibc.close(reserve) }
        defer { reserve = AcceptFaults.openReserve() }
        for _ in 0..<64 {
            let waiting = accept(descriptor, nil, nil)
            guard waiting >= 0 else { return errno == EAGAIN || errno == ECONNABORTED }
            Glibc.close(waiting)
        }
        return true
    }

    /// Asks for no connection until the pause is over.
    private func leaveAlone(_ channel: any Channel) {
        channel.setOption(.autoRead, value: false).whenSuccess {
            // A socket that is closed by then answers with an error, and nothing is left to do.
            channel.eventLoop.scheduleTask(in: AcceptFaults.pause) { channel.setOption(.autoRead, value: true) }
        }
    }

    private static func openReserve() -> Int32 { unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
