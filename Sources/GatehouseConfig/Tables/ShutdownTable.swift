/// `[shutdown]`: how the daemon stops.
package struct ShutdownTable: Equatable, Sendable {
    /// How long everything is answered as before, while `/readyz` is red already: the time that others need to see that.
    package let delay: Duration
    /// How long what is under way may take once nothing new is taken.
    package let drain: Duration

    init(_ table: TableReader) {
        delay = table.duration("delay", in: .zero ... .seconds(300))?.value ?? .zero
        drain = table.duration("drain", in: .zero ... .seconds(300))?.value ?? .seconds(5)
        table.finish()
    }
}
