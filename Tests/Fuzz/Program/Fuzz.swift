private import Driver
internal import Foundation
internal import FuzzTargets

/// Tries inputs on one target: see `tools/fuzz`.
///
/// - `Fuzz TARGET --seeds FOLDER` writes the target's seeds.
/// - `Fuzz TARGET FILE...` reads inputs again, such as one that libFuzzer found.
/// - Built with `--sanitize=fuzzer` and `-D FUZZER`, `Fuzz TARGET OPTION...` is libFuzzer.
@main
struct Fuzz {
    private static let target = FuzzTarget.all.first { $0.name == CommandLine.arguments.dropFirst().first }

    static func main() throws {
        let rest = Array(CommandLine.arguments.dropFirst(2))
        guard let target else {
            print("targets: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
            exit(2)
        }
        if rest.first == "--seeds", let folder = rest.last {
            for (number, seed) in target.seeds.enumerated() {
                try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(number)"))
            }
            return
        }
        #if FUZZER
            exit(search(rest))
        #else
            for file in rest {
                try target.read(Array(Data(contentsOf: URL(fileURLWithPath: file))))
                print("\(file): nothing is broken")
            }
        #endif
    }

    #if FUZZER
        private static func search(_ options: [String]) -> Int32 {
            var arguments: [UnsafeMutablePointer<CChar>?] = unsafe []
            for argument in [CommandLine.arguments[0]] + options { unsafe arguments.append(strdup(argument)) }
            var count = unsafe Int32(arguments.count)
            unsafe arguments.append(nil)
            return unsafe arguments.withUnsafeMutableBufferPointer { pointers in
                var start = pointers.baseAddress
                return unsafe LLVMFuzzerRunDriver(&count, &start) { bytes, count in
                    unsafe Fuzz.read(UnsafeBufferPointer(start: bytes, count: count))
                    return 0
                }
            }
        }

        private static func read(_ bytes: UnsafeBufferPointer<UInt8>) {
            do { try target?.read(unsafe Array(bytes)) } catch {
                FileHandle.standardError.write(Data("\(error)\n".utf8))
                abort()
            }
        }
    #endif
}
