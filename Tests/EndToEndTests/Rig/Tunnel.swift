internal import GatehouseTestSupport

/// A request for another protocol on the same connection, and what is said there afterwards.
final class Tunnel {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let socket: LocalSocket
    /// The head of the answer, and what came behind it.
    let status: Int
    let headers: String
    private var rest: [UInt8]

    /// Sends a request head with exactly these lines and reads the head of the answer.
    init(_ path: String, host: String, port: UInt16, lines: [(String, String)], seconds: Int = 5) throws {
        socket = try LocalSocket(.tcp(port: port), seconds: seconds)
        let head =
            "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n" + lines.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
        try socket.send(Array(head.utf8))
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.firstRange(of: end) == nil {
            let more = try socket.receive()
            guard !more.isEmpty else { throw Failure(description: "closed after \(bytes.count) octets") }
            bytes += more
        }
        guard let range = bytes.firstRange(of: end) else { throw Failure(description: "no answer") }
        headers = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
        let words = headers.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let status = Int(words[1].prefix(3)) else {
            throw Failure(description: "no answer of HTTP/1: \(headers)")
        }
        self.status = status
        rest = Array(bytes[range.upperBound...])
    }

    /// Sends a short text as a WebSocket message and reads the text that comes back (RFC 6455, section 5.2).
    func echo(_ text: String) throws -> String {
        let mask: [UInt8] = [1, 2, 3, 4]
        let payload = text.utf8.enumerated().map { $0.element ^ mask[$0.offset % 4] }
        guard payload.count < 126 else { throw Failure(description: "too long") }
        try socket.send([0x81, 0x80 | UInt8(payload.count)] + mask + payload)
        while rest.count < 2 || rest.count < 2 + Int(rest[1] & 0x7f) {
            let more = try socket.receive()
            guard !more.isEmpty else { throw Failure(description: "closed") }
            rest += more
        }
        let length = Int(rest[1] & 0x7f)
        defer { rest.removeFirst(2 + length) }
        return String(decoding: rest[2..<(2 + length)], as: UTF8.self)
    }

    static let webSocket = [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
}
