internal import Foundation
internal import GatehouseTestSupport

/// An answer of an HTTP server, its header lines as they came.
struct Answer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first line of this name.
    func header(_ name: String) -> String? { all(name).first }

    func all(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

/// A request on a connection of its own, sent as the bytes that the test wrote.
struct Exchange {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Sends raw bytes and reads one answer; every step of the connection takes at most `seconds`.
    static func raw(_ request: String, port: UInt16, seconds: Int = 10) throws -> Answer {
        let socket = try LocalSocket(.tcp(port: port), seconds: seconds)
        try socket.send(Array(request.utf8))
        var reader = AnswerReader(isHead: request.hasPrefix("HEAD "))
        while true {
            if let answer = try reader.answer() { return answer }
            let bytes = try socket.receive()
            if bytes.isEmpty {
                guard let answer = try reader.answerAtEnd() else {
                    throw Failure(description: "closed without an answer to \(request.prefix { $0 != "\r\n" })")
                }
                return answer
            }
            reader.bytes += bytes
        }
    }

    static func get(
        _ path: String, host: String, port: UInt16, headers: [(String, String)] = [], seconds: Int = 10
    ) throws -> Answer {
        try raw(head("GET \(path)", host: host, headers: headers) + "\r\n", port: port, seconds: seconds)
    }

    static func post(
        _ path: String, host: String, port: UInt16, headers: [(String, String)] = [], body: String,
        type: String = "application/x-www-form-urlencoded", seconds: Int = 10
    ) throws -> Answer {
        let head = head("POST \(path)", host: host, headers: headers)
        return try raw(
            head + "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body, port: port,
            seconds: seconds)
    }

    private static func head(_ line: String, host: String, headers: [(String, String)]) -> String {
        "\(line) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n" + headers.map { "\($0): \($1)\r\n" }.joined()
    }
}

/// A connection that is kept: one request after another, as long as the other side keeps it, too.
final class KeptConnection {
    private let port: UInt16
    private var socket: LocalSocket?

    init(port: UInt16) { self.port = port }

    /// Asks for a page and reads the whole answer; after one that was the last, the next request opens a connection anew.
    func get(_ path: String, host: String, headers: [(String, String)] = []) throws -> Answer {
        let socket = try self.socket ?? LocalSocket(.tcp(port: port), seconds: 10)
        self.socket = nil
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(lines)\r\n".utf8))
        var reader = AnswerReader(isHead: false)
        while true {
            if let answer = try reader.answer() {
                if answer.header("Connection")?.lowercased() != "close" { self.socket = socket }
                return answer
            }
            let bytes = try socket.receive()
            guard !bytes.isEmpty else { throw Exchange.Failure(description: "closed without an answer") }
            reader.bytes += bytes
        }
    }
}

/// Puts an answer together from what has arrived.
private struct AnswerReader {
    let isHead: Bool
    var bytes: [UInt8] = []

    init(isHead: Bool) { self.isHead = isHead }

    func answer() throws -> Answer? { try answer(isEnd: false) }
    func answerAtEnd() throws -> Answer? { try answer(isEnd: true) }

    private func answer(isEnd: Bool) throws -> Answer? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Exchange.Failure(description: "no answer of HTTP/1: \(lines[0])")
        }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        let head = Answer(status: status, headers: headers, body: [])
        let rest = bytes[end.upperBound...]
        if isHead || status == 204 || status == 304 { return head }
        if head.header("Transfer-Encoding")?.lowercased() == "chunked" {
            guard let body = try unchunked(rest) else { return nil }
            return Answer(status: status, headers: headers, body: body)
        }
        if let length = head.header("Content-Length").flatMap({ Int($0) }) {
            guard rest.count >= length else { return nil }
            return Answer(status: status, headers: headers, body: Array(rest.prefix(length)))
        }
        return isEnd ? Answer(status: status, headers: headers, body: Array(rest)) : nil
    }

    private func unchunked(_ bytes: ArraySlice<UInt8>) throws -> [UInt8]? {
        var rest = bytes
        var body: [UInt8] = []
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) else {
                throw Exchange.Failure(description: "a chunk without a size")
            }
            rest = rest[line.upperBound...]
            guard rest.count >= size + 2 else { return nil }
            if size == 0 { return body }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return nil
    }
}
