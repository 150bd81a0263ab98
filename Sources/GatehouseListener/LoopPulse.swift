package import NIOCore

/// Finds out whether event loops still turn: each has to carry out an errand.
package struct LoopPulse: Sendable {
    private let loops: [any EventLoop]

    package init(of loops: [any EventLoop]) { self.loops = loops }

    /// Returns once every loop has carried out an errand that was given to it now; never, if one of them hangs.
    ///
    /// - Throws: if a loop takes no errands any more.
    package func beat() async throws {
        let errands = loops.map { loop in loop.submit {} }
        for errand in errands { try await errand.get() }
    }
}
