internal import GatehouseCore
internal import Synchronization

/// The attempts that this instance is making right now, and those that wait for them to end.
///
/// An attempt counts as a failure until it is over. Whoever comes meanwhile and finds no room only because of that is held for a
/// moment, in the order of arrival, until it is known whether those before were failures.
final class AttemptLine: Sendable {
    /// Whom attempts are about.
    enum Subject: Hashable {
        case name(Octets16)
        case device(Octets16, name: Octets16)
        case block(Octets16)
    }

    private struct State {
        var lastID = 0
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        /// Those behind the one who asks now, for each subject about whom somebody asks.
        var lines: [Subject: [Int]] = [:]
        var underWay: [Subject: UnderWay] = [:]
        /// Those who wait for an attempt to end.
        var forEnd: [Subject: [Int]] = [:]

        mutating func newID() -> Int {
            lastID &+= 1
            return lastID
        }
    }

    private struct UnderWay {
        var count = 0
        /// Another one after every end.
        var generation: Int
    }

    private let state = Mutex(State())
    private let mostInLine: Int
    private let mostWaiting: Int

    /// - Parameters:
    ///   - mostInLine: how many may wait about one subject.
    ///   - mostWaiting: how many may wait in all.
    init(mostInLine: Int = 128, mostWaiting: Int = 1_024) {
        self.mostInLine = mostInLine
        self.mostWaiting = mostWaiting
    }

    // MARK: - One asks at a time

    /// Waits to be the one who asks about a subject.
    ///
    /// - Returns: whether it is one's turn, which `leave` ends; `false` if the time was up or too many wait.
    func enter(_ subject: Subject, until deadline: ContinuousClock.Instant) async -> Bool {
        await wait(until: deadline) { [mostInLine, mostWaiting] state, id in
            guard var line = state.lines[subject] else {
                state.lines[subject] = []
                return true
            }
            // Whoever lost patience is not there any more.
            if line.count >= mostInLine { line.removeAll { state.waiting[$0] == nil } }
            guard line.count < mostInLine, state.waiting.count < mostWaiting else { return false }
            state.lines[subject] = line + [id]
            return nil
        }
    }

    /// Lets the next one ask.
    func leave(_ subject: Subject) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            while var line = state.lines[subject] {
                guard !line.isEmpty else {
                    state.lines[subject] = nil
                    return nil
                }
                let id = line.removeFirst()
                state.lines[subject] = line
                if let next = state.waiting.removeValue(forKey: id) { return next }
            }
            return nil
        }
        next?.resume(returning: true)
    }

    /// How many wait to ask about a subject.
    func lineLength(_ subject: Subject) -> Int { state.withLock { $0.lines[subject]?.count ?? 0 } }

    // MARK: - Attempts

    /// What is under way about a subject, for `end`; `nil` if nothing is.
    func mark(_ subject: Subject) -> Int? { state.withLock { $0.underWay[subject]?.generation } }

    /// Notes that an attempt begins.
    func begin(_ subjects: [Subject]) {
        state.withLock { state in
            for subject in subjects {
                var entry = state.underWay[subject] ?? UnderWay(generation: state.newID())
                entry.count += 1
                state.underWay[subject] = entry
            }
        }
    }

    /// Notes that an attempt is over, whatever came of it.
    func finish(_ subjects: [Subject]) {
        let woken = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            var woken: [CheckedContinuation<Bool, Never>] = []
            for subject in subjects {
                if var entry = state.underWay[subject] {
                    entry.count -= 1
                    entry.generation = state.newID()
                    state.underWay[subject] = entry.count > 0 ? entry : nil
                }
                for id in state.forEnd.removeValue(forKey: subject) ?? [] {
                    if let waiting = state.waiting.removeValue(forKey: id) { woken.append(waiting) }
                }
            }
            return woken
        }
        for waiting in woken { waiting.resume(returning: true) }
    }

    /// Waits until an attempt about a subject ends that was under way at a mark.
    ///
    /// - Returns: whether one has; `false` if none was, if the time was up or if too many wait.
    func end(since mark: Int?, of subject: Subject, until deadline: ContinuousClock.Instant) async -> Bool {
        guard let mark else { return false }
        return await wait(until: deadline) { [mostWaiting] state, id in
            guard state.underWay[subject]?.generation == mark else { return true }
            guard state.waiting.count < mostWaiting else { return false }
            state.forEnd[subject, default: []].append(id)
            return nil
        }
    }

    /// Waits unless `register` knows the answer at once.
    private func wait(
        until deadline: ContinuousClock.Instant, _ register: @Sendable (inout State, Int) -> Bool?
    ) async -> Bool {
        let id = state.withLock { $0.newID() }
        let timer = Task {
            // Cancelled as soon as it is not needed any more.
            guard (try? await Task.sleep(until: deadline)) != nil else { return }
            let late = state.withLock { $0.waiting.removeValue(forKey: id) }
            late?.resume(returning: false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                let answer = ContinuousClock.now < deadline ? register(&state, id) : false
                if answer == nil { state.waiting[id] = continuation }
                return answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}

/// The place of an attempt among those under way, for as long as it is held or until it is given up.
final class AttemptPlace: Sendable {
    private let line: AttemptLine
    private let subjects: Mutex<[AttemptLine.Subject]>

    init(_ line: AttemptLine, _ subjects: [AttemptLine.Subject]) {
        self.line = line
        self.subjects = Mutex(subjects)
        line.begin(subjects)
    }

    func giveUp() {
        let subjects = subjects.withLock { subjects in
            defer { subjects = [] }
            return subjects
        }
        if !subjects.isEmpty { line.finish(subjects) }
    }

    deinit { giveUp() }
}
