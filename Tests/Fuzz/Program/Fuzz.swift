internal import Foundation
internal import FuzzTargets

#if FUZZER
    // Built with `--sanitize=fuzzer`: libFuzzer has the program's main function, and calls these two.

    private let target = FuzzTarget.all.first { $0.name == ProcessInfo.processInfo.environment["FUZZ_TARGET"] }

    /// Writes the target's seeds where they are wanted, before the corpus is read.
    @_cdecl("LLVMFuzzerInitialize")
    func prepare(_: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?) -> CInt {
        guard let target, let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { exit(2) }
        for (number, seed) in target.seeds.enumerated() {
            try? Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
        }
        return 0
    }

    @_cdecl("LLVMFuzzerTestOneInput")
    func tryInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do { try target?.read(unsafe Array(UnsafeBufferPointer(start: bytes, count: count))) } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            abort()
        }
        return 0
    }
#else
    /// Reads inputs again, such as one that `tools/fuzz` found: `Fuzz TARGET FILE...`.
    @main
    struct Fuzz {
        static func main() throws {
            let arguments = CommandLine.arguments.dropFirst()
            guard let target = FuzzTarget.all.first(where: { $0.name == arguments.first }) else {
                print("targets: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
                exit(2)
            }
            for file in arguments.dropFirst() {
                try target.read(Array(Data(contentsOf: URL(fileURLWithPath: file))))
                print("\(file): nothing is broken")
            }
        }
    }
#endif
