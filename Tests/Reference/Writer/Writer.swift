internal import Foundation
internal import Reference

/// Writes the pages about the configuration: `ReferenceWriter [--check | --release VERSION]`.
@main
struct Writer {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let files = ReferenceFiles(root: FileManager.default.currentDirectoryPath)
        if arguments.first == "--release", arguments.count == 2 {
            try files.release(arguments[1])
        } else if arguments != [] && arguments != ["--check"] {
            complain("see tools/configuration-reference --help", status: 2)
        }
        let reference = try files.reference()
        guard reference.complaints.isEmpty else { complain(reference.complaints.joined(separator: "\n"), status: 1) }
        var stale: [String] = []
        for (path, text) in files.pages(reference) where (try? files.text(path)) != text {
            if arguments == ["--check"] {
                stale.append(path)
            } else {
                try files.write(text, to: path)
                print("wrote \(path)")
            }
        }
        guard stale.isEmpty else {
            complain(
                "not what the code says: \(stale.joined(separator: ", ")); run: tools/configuration-reference",
                status: 1)
        }
    }

    private static func complain(_ text: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(status)
    }
}
