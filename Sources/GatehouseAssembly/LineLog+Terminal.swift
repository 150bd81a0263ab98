internal import GatehouseLogging
internal import GatehouseTerminal

extension LineLog.Output {
    /// For a command's own messages: readable lines on standard error, written at once.
    static let terminal = LineLog.Output(.text, clock: WallClock.now, write: { Terminal.write($0) })
}
