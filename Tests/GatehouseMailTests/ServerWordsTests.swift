import GatehouseCore
import Testing

@testable import GatehouseMail

@Suite("A mail server's words in the log")
struct ServerWordsTests {
    private static let secret = "aB3-dE6_gH9kL2mN5pQ8sT1vW4yZ7bC0eF3hJ6lM9oR"

    /// Whether six octets of the secret in a row are in a text.
    private func tells(_ text: String) -> Bool {
        let octets = Array(Self.secret.utf8)
        return (0...(octets.count - 6)).contains { start in
            text.contains(String(decoding: octets[start..<(start + 6)], as: UTF8.self))
        }
    }

    @Test("have no part of a link, wherever the encoding breaks its line", arguments: 0..<80)
    func raw(indent: Int) throws {
        let text = "\(String(repeating: "x", count: indent)) https://a.example/reset?token=\(Self.secret)\n"
        let sent = String(decoding: MailMessage.quotedPrintable(text), as: UTF8.self)
        #expect(sent.contains("=3D"))
        for (line, kind) in [
            (sent, "raw"), (sent.replacing("=\r\n", with: ""), "joined"), (text, "as it reads"),
            (sent.replacing("=\r\n", with: "=, 5.7.1 "), "in lines of a reply"),
        ] {
            let shown = ServerWords.shown("554 5.7.1 spam: \(line)", hiding: text, username: nil, password: nil)
            #expect(shown.hasPrefix("554 5.7.1 spam: ") && !tells(shown), "\(kind): \(shown)")
        }
    }

    @Test("stay what they are where nothing in them is secret")
    func plain() {
        let words =
            "550 5.1.1 <nobody@example.com>: Recipient address rejected: a=b, User unknown in local recipient table"
        #expect(ServerWords.shown(words, hiding: "Hi.\n\(Self.secret)\n", username: nil, password: nil) == words)
        #expect(ServerWords.shown("", username: nil, password: nil).isEmpty)
    }

    @Test("have neither what the server was told, nor what moves a terminal's cursor")
    func told() {
        let shown = ServerWords.shown(
            "535 \u{1B}[2Jgatehouse: mail secret is wrong\r\nbye", username: "gatehouse", password: "mail secret")
        #expect(shown == "535  [2Jgatehouse: … is wrong  bye")
    }
}
