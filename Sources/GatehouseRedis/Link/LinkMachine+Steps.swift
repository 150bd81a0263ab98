internal import GatehouseCore

/// What is to be done after a step of the link.
extension LinkMachine {
    /// A connection or an attempt that was given up; another attempt follows.
    ///
    /// It is closed, and whoever waited is told why.
    struct Ending {
        let fault: LinkFault
        let wasReady: Bool
        /// The commands that nobody will answer.
        let failed: CommandQueue
    }

    /// What a reply leads to.
    enum Step {
        case nothing
        /// The connection is set up: write what waited for it.
        case ready
        case reading(RecordReading, CommandQueue.ReadCompletion)
        /// A read that the server refuses: unavailable, and worth a line.
        case refused(RedisErrorCode, CommandQueue.ReadCompletion)
        case reply(RedisReply, CommandQueue.Completion)
        /// What the server says unasked.
        case push(RedisReply)
        case end(Ending)
    }

    /// What the time leads to.
    enum Waking {
        case nothing
        /// Make the attempt of this number.
        case connect(UInt64)
        case end(Ending)
        /// The commands that waited too long for an attempt, which goes on.
        case fail(CommandQueue, LinkFault)
    }
}
