private import Glibc
internal import GatehouseCore

/// One run of a program: something on its standard input, its standard output as the answer; blocks.
///
/// It runs without a shell, in `/`, in a process group of its own, without any descriptor or signal setting of this
/// process. At the deadline the whole group is killed; it is never left behind, nor is a zombie.
@safe struct ProgramRun: ~Copyable {
    /// The longest answer.
    static let maxAnswer = 65_536
    /// How much of what the program says on standard error is kept.
    static let maxComplaint = 4_096

    private let pid: Int32
    private var input: [UInt8]
    private var written = 0
    private var pipes: [Pipe]
    private var answer: [UInt8] = []
    private var complaint: [UInt8] = []
    private var isReaped = false

    /// The ends of this process: the program's standard input, output and error; -1 once closed.
    private struct Pipe {
        var descriptor: Int32
        let events: Int16
    }

    /// Starts the program.
    ///
    /// - Throws: `BackendError.unavailable` if it cannot be started.
    init(
        _ path: String, _ arguments: [String], environment: [String], input: consuming [UInt8]
    ) throws(BackendError) {
        try ProgramRun.check(path)
        try ProgramRun.checkSurvivors()
        var ends: [Int32] = []
        defer { for end in ends where end >= 0 { close(end) } }
        for _ in 0..<3 {
            let pair = try ProgramRun.pipe()
            ends += pair
            // With standard descriptors closed the ends would stand where the program's own belong.
            guard pair.allSatisfy({ $0 > 2 }) else { throw .unavailable(reason: "standard descriptors are closed") }
        }
        let theirs = [ends[0], ends[3], ends[5]]
        let ours = [ends[1], ends[2], ends[4]]
        for end in ours where fcntl(end, F_SETFL, O_NONBLOCK) != 0 { throw ProgramRun.failure("no pipe", errno) }
        pid = try ProgramRun.spawn(path, arguments, environment, theirs)
        self.input = input
        pipes = [
            Pipe(descriptor: ours[0], events: Int16(POLLOUT)), Pipe(descriptor: ours[1], events: Int16(POLLIN)),
            Pipe(descriptor: ours[2], events: Int16(POLLIN)),
        ]
        for end in theirs { close(end) }
        ends = []
    }

    deinit {
        for pipe in pipes where pipe.descriptor >= 0 { close(pipe.descriptor) }
        if !isReaped { ProgramRun.killAndReap(pid) }
    }

    /// Waits for the program to end.
    ///
    /// - Parameter deadline: on the monotonic clock; then it is killed.
    /// - Returns: everything it wrote, at most `maxAnswer` octets.
    /// - Throws: `BackendError.unavailable` at the deadline, if it says too much, fails or is killed.
    consuming func answer(until deadline: ContinuousClock.Instant) throws(BackendError) -> [UInt8] {
        let mask = SignalMask()
        defer { mask.restore() }
        // Long enough to cost nothing, short enough to go unnoticed: how soon an end is seen that no pipe tells of.
        var pause: Int32 = 1
        while true {
            let isOver = hasEnded
            try transfer(pause: isOver ? 0 : pause)
            // Somebody that the program left behind may hold its output open: its own end is what counts.
            if isOver { break }
            pause = pipes.dropFirst().allSatisfy { $0.descriptor < 0 } ? 1 : min(pause * 2, 10)
            guard ContinuousClock.now < deadline else {
                throw .unavailable(reason: "no answer in time" + complaintText)
            }
        }
        isReaped = true
        // It has ended already.
        guard let status = ProgramRun.killAndReap(pid) else { throw .unavailable(reason: "the program does not end") }
        guard status & 0x7F == 0 else {
            throw .unavailable(reason: "the program was ended by signal \(status & 0x7F)" + complaintText)
        }
        guard status == 0 else {
            throw .unavailable(reason: "the program ended with code \((status >> 8) & 0xFF)" + complaintText)
        }
        return answer
    }

    private var complaintText: String {
        complaint.isEmpty ? "" : ": " + SafeText.octets(complaint, limit: ProgramRun.maxComplaint)
    }

    /// Moves what can be moved, waiting up to `pause` milliseconds for something to move.
    private mutating func transfer(pause: Int32) throws(BackendError) {
        var polled = pipes.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
        let count = unsafe poll(&polled, nfds_t(polled.count), pause)
        guard count > 0 else { return }
        if polled[0].revents != 0 { write() }
        if polled[1].revents != 0 {
            try read(1) { run, octets throws(BackendError) in
                guard run.answer.count + octets.count <= ProgramRun.maxAnswer else {
                    throw .unavailable(reason: "the answer has more than \(ProgramRun.maxAnswer) octets")
                }
                run.answer += octets
            }
        }
        if polled[2].revents != 0 {
            try read(2) { run, octets in
                run.complaint += octets.prefix(ProgramRun.maxComplaint - run.complaint.count)
            }
        }
    }

    private mutating func write() {
        while written < input.count {
            let count = unsafe input.withUnsafeBytes { bytes in
                unsafe Glibc.write(pipes[0].descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // A program that does not read what it is asked may answer all the same.
            guard count > 0 else { break }
            written += count
        }
        for index in input.indices { input[index] = 0 }
        shut(0)
    }

    /// Reads until nothing is there; at most as much as a pipe holds a few times over, so that the deadline is looked
    /// at.
    private mutating func read(
        _ index: Int, _ take: (inout ProgramRun, ArraySlice<UInt8>) throws(BackendError) -> Void
    ) throws(BackendError) {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<16 {
            let count = unsafe chunk.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(pipes[index].descriptor, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else { return shut(index) }
            try take(&self, chunk[..<count])
        }
    }

    private mutating func shut(_ index: Int) {
        close(pipes[index].descriptor)
        pipes[index].descriptor = -1
    }

    /// Whether the program itself is over; it stays a zombie, so that its number means nobody else.
    private var hasEnded: Bool {
        var info = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return unsafe result != 0 && errno != EINTR || result == 0 && info.si_signo == SIGCHLD
    }
}
