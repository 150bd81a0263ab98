internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The man pages")
    struct ManualTests {
        private func pages() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: Repository.file("deploy/man")).filter {
                $0.hasSuffix(".1")
            }.sorted()
        }

        @Test("are what the program says of itself")
        func upToDate() throws {
            let check = try Tools.run(
                Repository.file("tools/man-pages"), ["--check", "--binary", try Repository.gatehouse()])
            #expect(check.status == 0, "\(check.output)")
            #expect(try pages().contains("gatehouse.1"))
        }

        @Test("have every section that people look for")
        func sections() throws {
            for page in try pages() {
                let text = try Repository.text("deploy/man/\(page)")
                var wanted = [
                    "NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES", "SEE ALSO",
                ]
                if page == "gatehouse.1" { wanted.append("COMMANDS") }
                for section in wanted {
                    #expect(text.contains("\n.SH \(section)\n"), "\(page): \(section)")
                }
                // Whatever "see also" names is there.
                let also = text.components(separatedBy: ".SH SEE ALSO\n").last ?? ""
                for line in also.split(separator: "\n") {
                    let name = line.replacing("\\fB", with: "").replacing("\\fR", with: "").replacing("\\-", with: "-")
                    guard let end = name.range(of: "(1)") else { continue }
                    #expect(try pages().contains("\(name[..<end.lowerBound]).1"), "\(page): \(line)")
                }
            }
        }

        /// As Debian's lintian looks at them.
        @Test("are read without a warning")
        func warnings() throws {
            for page in try pages() {
                let path = Repository.file("deploy/man/\(page)")
                let answer = try Tools.run(
                    "sh", ["-c", "man --warnings -E UTF-8 -l -Tutf8 -Z \"$1\" 2>&1 >/dev/null", "sh", path],
                    environment: ["LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"])
                #expect(answer.status == 0 && answer.output.isEmpty, "\(page): \(answer.output)")
                let text = try Tools.run(
                    "sh", ["-c", "man -l \"$1\" | col -bx", "sh", path],
                    environment: ["LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANPAGER": "cat"])
                #expect(!text.output.contains("\\"), "\(page): \(text.output)")
            }
        }
    }
}
