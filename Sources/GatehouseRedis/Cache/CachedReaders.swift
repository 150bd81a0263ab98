internal import GatehouseCore
package import NIOCore
private import Synchronization

/// The readers of all event loops of one process, so that what is written here counts here at once.
package final class CachedReaders: Sendable {
    private let readers = Mutex<[NIOLoopBound<CachedReader>]>([])

    package init() {}

    /// Adds a reader; called on its loop.
    package func add(_ reader: CachedReader, on loop: any EventLoop) {
        let bound = NIOLoopBound(reader, eventLoop: loop)
        readers.withLock { $0.append(bound) }
    }

    /// Removes all copies of records that were written, and returns when none is left.
    func drop(_ keys: [RecordKey]) async {
        let drops = readers.withLock { $0 }.map { reader in reader.eventLoop.submit { reader.value.drop(keys) } }
        for drop in drops { try? await drop.get() }
    }
}
