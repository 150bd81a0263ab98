import GatehouseListener
import GatehouseTestSupport
import Glibc
import NIOCore
import NIOPosix
import Testing

@Suite("The pulse of event loops")
struct LoopPulseTests {
    @Test("beats once every loop has turned, and not before")
    func hanging() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let loops = Array(group.makeIterator())
        let pulse = LoopPulse(of: loops)
        try await pulse.beat()

        let (isHeld, hasBeaten) = (Mutexed(true), Mutexed(false))
        loops[1].execute { while isHeld.value { usleep(1_000) } }
        let beat = Task {
            try await pulse.beat()
            hasBeaten.change { $0 = true }
        }
        // The others have turned, also after the errand was given.
        for loop in [loops[0], loops[2]] { try await loop.submit {}.get() }
        #expect(await !eventually(within: .milliseconds(100)) { hasBeaten.value })
        isHeld.change { $0 = false }
        try await beat.value
        #expect(hasBeaten.value)
        try await group.shutdownGracefully()
    }
}
