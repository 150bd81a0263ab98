internal import Foundation
internal import Glibc

/// Where the sources of this test lie, and with them everything that is shipped.
enum Repository {
    struct Failure: Error, CustomStringConvertible { let description: String }

    static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path

    static func file(_ name: String) -> String { "\(path)/\(name)" }

    static func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    /// The program under test: `TEST_GATEHOUSE`, else the release build.
    static func gatehouse() throws -> String {
        let binary = ProcessInfo.processInfo.environment["TEST_GATEHOUSE"] ?? file(".build/program/release/gatehouse")
        guard FileManager.default.isExecutableFile(atPath: binary) else {
            throw Failure(
                description: """
                    \(binary) is missing: run `swift build -c release --product gatehouse --scratch-path .build/program` \
                    first (tools/test does), or name another build in TEST_GATEHOUSE
                    """)
        }
        return binary
    }

    /// Who the program under test is for itself: whoever tests, or what `TEST_USER_ID` says, where it runs in a container.
    static var userID: String { ProcessInfo.processInfo.environment["TEST_USER_ID"] ?? "\(getuid())" }

    /// A shipped file with other addresses than the example's.
    ///
    /// - Throws: `Failure` if the file does not hold one of them any more.
    static func text(_ name: String, replacing pairs: [(String, String)]) throws -> String {
        let text = try text(name)
        for (example, _) in pairs where !text.contains(example) {
            throw Failure(description: "\(name) does not hold \(example)")
        }
        // In one pass: what was put in, like a folder below /tmp, is not taken for an example in its turn.
        var (result, rest) = ("", text[...])
        while let next = pairs.compactMap({ pair in rest.range(of: pair.0).map { (range: $0, own: pair.1) } })
            .min(by: { $0.range.lowerBound < $1.range.lowerBound })
        {
            result += rest[..<next.range.lowerBound] + next.own
            rest = rest[next.range.upperBound...]
        }
        return result + rest
    }
}

/// Programs that are installed outside of an ordinary user's `PATH`.
enum Tools {
    /// Lets servers in `/usr/sbin` be found.
    static let environment = [
        "PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    ]

    /// Runs a program to its end and returns everything it said.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(Tools.environment) { $1 }
            .merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
