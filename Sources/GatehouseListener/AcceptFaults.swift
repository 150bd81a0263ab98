private import Glibc
internal import Logging
internal import NIOCore

/// What a listening channel does when the system has no descriptor left for a connection.
///
/// It says so once a minute and turns away whoever waits with the help of a descriptor that is kept for that. Another thread may
/// take that one in the moment in which it is free: then nobody can be turned away, and the socket is left alone for a second.
/// It stays readable, so that the loop would ask again at once, forever (NIO's `AcceptBackoffHandler` does not prevent that: it
/// holds back reads, and after an error none is asked for). Whoever takes the connections may ask for more meanwhile, as NIO's
/// asynchronous channel does when one of its places is free: that waits for the end of the pause, too.
final class AcceptFaults: ChannelDuplexHandler {
    typealias InboundIn = Channel
    typealias OutboundIn = Never

    private let descriptor: Int32
    private let key: String
    private let logger: Logger
    private let makeRoom: () -> Void
    private var reserve: Int32
    private var lastComplaint: NIODeadline?
    /// Whether the socket is left alone.
    private var isResting = false

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

    func read(context: ChannelHandlerContext) {
        // The end of the pause asks anew.
        if !isResting { context.read() }
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
        guard !isResting, let options = channel.syncOptions else { return }
        // A socket that is closed answers with an error, and nothing is left to do.
        guard (try? options.setOption(.autoRead, value: false)) != nil else { return }
        isResting = true
        channel.eventLoop.assumeIsolated().scheduleTask(in: AcceptFaults.pause) { [self] in
            isResting = false
            try? options.setOption(.autoRead, value: true)
        }
    }

    private static func openReserve() -> Int32 { unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
}
