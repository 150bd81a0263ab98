private import Dispatch
internal import Synchronization

/// Writes lines behind a bounded queue: whoever logs waits neither for a pipe that nobody reads nor for a disk.
///
/// A line for which there is no room is dropped and counted, and the gap is marked once there is room again. Lines of a file
/// that cannot be written stay in the queue and are tried again every second; those of standard error are dropped.
package final class LineWriter: Sendable {
    private struct Line {
        let octets: [UInt8]
        /// How many dropped lines it stands for; `nil` for a line of its own.
        var gap: Int?
    }

    private struct State {
        var lines: [Line] = []
        /// How many at the beginning of `lines` are written.
        var written = 0
        /// The octets that wait.
        var octets = 0
        var isDraining = false
        /// All that were dropped, and those whose gap is not marked yet.
        var dropped = 0
        var unmarked = 0
        var fault: LineFile.Fault?
        var writingSince: ContinuousClock.Instant?

        /// The first line is out of the queue.
        mutating func take(_ line: Line) {
            written += 1
            octets -= line.octets.count
            writingSince = nil
            if written >= 1_024 {
                lines.removeFirst(written)
                written = 0
            }
        }
    }

    private let state = Mutex(State())
    private let file: Mutex<LineFile>
    private let queue: DispatchQueue
    private let capacity: Int
    private let keepsOnFault: Bool
    private let gap: @Sendable (Int) -> [UInt8]
    private let onChange: @Sendable (LineFile.Fault?) -> Void

    /// How long one line may take before the writer counts as faulty.
    private static let patience = Duration.seconds(5)

    /// - Parameters:
    ///   - place: where the lines go.
    ///   - capacity: how many octets may wait.
    ///   - gap: the line that says how many were dropped.
    ///   - onChange: hears, on the writer's own thread, when writing begins to fail, and `nil` when it works again.
    package init(
        _ place: LineFile.Place, capacity: Int = 1 << 20, gap: @escaping @Sendable (Int) -> [UInt8],
        onChange: @escaping @Sendable (LineFile.Fault?) -> Void = { _ in }
    ) {
        file = Mutex(LineFile(place))
        self.capacity = capacity
        self.gap = gap
        self.onChange = onChange
        keepsOnFault = place.mayRecover
        queue = DispatchQueue(label: "gatehouse.log")
    }

    /// How many lines wait.
    package var waiting: Int { state.withLock { $0.lines.count - $0.written } }

    /// How many lines were dropped since the start.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// What is wrong now: the last line could not be written, or writing it takes more than five seconds.
    package var problem: String? {
        state.withLock { state in
            if let fault = state.fault { return fault.description }
            guard let since = state.writingSince, ContinuousClock.now - since > LineWriter.patience else { return nil }
            return "writing takes more than \(LineWriter.patience.components.seconds) seconds"
        }
    }

    /// Hands over a line, which ends with a line break; never waits.
    package func append(_ line: [UInt8]) { add(Line(octets: line)) }

    private func add(_ line: Line) {
        let startsDraining = state.withLock { state in
            guard state.octets + line.octets.count <= capacity else {
                state.unmarked += line.gap ?? 1
                if line.gap == nil { state.dropped += 1 }
                return false
            }
            state.lines.append(line)
            state.octets += line.octets.count
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if startsDraining { queue.async { self.drain() } }
    }

    /// Opens a file anew, for who moves it away and signals; tries again every second until that works.
    ///
    /// `onChange` hears whether it did.
    package func reopen() {
        queue.async {
            self.file.withLock { $0.reset() }
            self.open()
        }
    }

    /// Waits until every line is written, but not longer than the given time: the program ends.
    package func finish(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ $0.isDraining }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    // MARK: - On the queue

    private func open() {
        do throws(LineFile.Fault) {
            try file.withLock { file throws(LineFile.Fault) in try file.open() }
            recovered()
        } catch {
            note(error)
            // Lines that wait try by themselves.
            guard !state.withLock({ $0.isDraining }) else { return }
            queue.asyncAfter(deadline: .now() + .seconds(1)) { self.open() }
        }
    }

    private func drain() {
        while let line = next() {
            do throws(LineFile.Fault) {
                try file.withLock { file throws(LineFile.Fault) in try file.append(line.octets) }
                done(line)
            } catch {
                if keepsOnFault, !error.isOfLine {
                    note(error)
                    queue.asyncAfter(deadline: .now() + .seconds(1)) { self.drain() }
                    return
                }
                lost(line)
            }
        }
    }

    /// Nobody takes what is written: no mark of a gap either, until somebody does.
    private func lost(_ line: Line) {
        state.withLock { state in
            state.take(line)
            state.unmarked += line.gap ?? 1
            if line.gap == nil { state.dropped += 1 }
        }
    }

    private func recovered() {
        let isOver = state.withLock { state in
            defer { state.fault = nil }
            return state.fault != nil
        }
        if isOver { onChange(nil) }
    }

    /// The line that is next, `nil` when none waits.
    private func next() -> Line? {
        state.withLock { state in
            guard state.written < state.lines.count else {
                state.lines.removeAll(keepingCapacity: false)
                state.written = 0
                state.isDraining = false
                state.writingSince = nil
                return nil
            }
            state.writingSince = .now
            return state.lines[state.written]
        }
    }

    private func done(_ line: Line) {
        let unmarked = state.withLock { state in
            state.take(line)
            // Once half of the queue is free again.
            guard state.octets <= capacity / 2 else { return 0 }
            defer { state.unmarked = 0 }
            return state.unmarked
        }
        recovered()
        if unmarked > 0 { add(Line(octets: gap(unmarked), gap: unmarked)) }
    }

    private func note(_ fault: LineFile.Fault) {
        let isNew = state.withLock { state in
            state.writingSince = nil
            defer { state.fault = fault }
            return state.fault == nil
        }
        if isNew { onChange(fault) }
    }
}
