internal import GatehouseTerminal
internal import Glibc

/// Files and folders that are made all together or not at all.
struct NewFiles {
    private enum Made {
        case file(String)
        case folder(String)
    }

    /// In the order in which they were made.
    private var made: [Made] = []

    /// Makes a folder and those above it, unless they are there.
    mutating func folder(_ path: String, mode: mode_t) throws(Failure) {
        if Files.exists(path) { return }
        let parent = Files.folder(of: path)
        if parent != path, parent != "." { try folder(parent, mode: mode) }
        try Files.makeFolder(path, mode: mode)
        made.append(.folder(path))
    }

    /// Makes a file; one that is there is never overwritten.
    mutating func file(_ path: String, _ text: String, mode: mode_t) throws(Failure) {
        try Files.create(path, text, mode: mode)
        made.append(.file(path))
    }

    /// Counts a file that somebody else makes, if it is not there yet.
    mutating func expect(_ path: String) {
        if !Files.exists(path) { made.append(.file(path)) }
    }

    /// Takes everything away again, the last first; a folder stays if somebody put something else into it.
    func takeBack() {
        for one in made.reversed() {
            switch one {
            case .file(let path): _ = unsafe unlink(path)
            case .folder(let path): _ = unsafe rmdir(path)
            }
        }
    }

    /// Runs some work that Ctrl-C and SIGTERM do not cut off in the middle: they are heard again afterwards.
    static func uninterrupted<Result>(
        _ work: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let signals = [SIGINT, SIGTERM, SIGHUP]
        let before = signals.map { signal($0, SIG_IGN) }
        defer {
            for (number, handler) in zip(signals, before) { _ = signal(number, handler) }
        }
        return try await work()
    }
}
