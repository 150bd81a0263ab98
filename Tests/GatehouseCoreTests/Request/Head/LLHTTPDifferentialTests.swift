@testable import GatehouseCore
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// The parser against llhttp (through NIOHTTP1): whatever we accept, llhttp accepts and reads in the same way.
@Suite("The parser of request heads beside llhttp")
struct LLHTTPDifferentialTests {
    /// Why we refuse what llhttp accepts; nothing else may be refused.
    enum StricterRefusal: String, CaseIterable {
        /// RFC 9112, section 2.2 lets a server skip an empty line before the request line; proxies never send one.
        case emptyLineFirst
        /// RFC 9112, section 3.2: exactly one `Host` in HTTP/1.1, at most one in HTTP/1.0. llhttp does not look at it.
        case host
        /// A target that does not start with `/`: checks come in origin form.
        case targetForm
        /// `RTSP/1.0` and the like, which llhttp takes for some methods.
        case otherProtocol
        /// Two blanks in the request line, or one at its end.
        case blanksInRequestLine
        /// A number of more than 18 digits: no such body exists.
        case longContentLength
        /// `Transfer-Encoding` other than `chunked` alone: only `chunked` is understood alike everywhere.
        case transferEncoding
        /// `Content-Length` beside a `Transfer-Encoding` that llhttp takes for none.
        case lengthAndEncoding
    }

    /// What llhttp says.
    enum Theirs {
        case head(HTTPRequestHead)
        case refused
        case incomplete
    }

    struct Tally {
        var bothAccept = 0
        var bothRefuse = 0
        var unknownMethod = 0
        var stricter: [StricterRefusal: Int] = [:]
        /// One example of each kind.
        var differences: [String: String] = [:]

        mutating func add(_ difference: String, _ bytes: [UInt8]) {
            differences[difference] = String(decoding: bytes, as: UTF8.self).debugDescription
        }
    }

    @Test("accepts nothing that llhttp refuses, reads the rest alike, and is stricter only where documented")
    func differential() {
        var generator = HeadGenerator(seed: 20_261_123)
        var tally = Tally()
        let count = 120_000
        for _ in 0..<count { compare(generator.next(), &tally) }
        #expect(tally.differences == [:])
        // The generator would prove nothing if it made only one kind of head.
        #expect(tally.bothAccept > count / 3)
        #expect(tally.bothRefuse > count / 20)
        #expect(Set(tally.stricter.keys) == Set(StricterRefusal.allCases), "a reason that never applies is none")
        print(
            "llhttp: \(count) heads, \(tally.bothAccept) accepted alike, \(tally.bothRefuse) refused by both, "
                + "\(tally.unknownMethod) methods that llhttp does not know, stricter: "
                + tally.stricter.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", "))
    }

    private func compare(_ bytes: [UInt8], _ tally: inout Tally) {
        var parser = RequestHeadParser()
        switch (parser.outcome(of: bytes), LLHTTPDifferentialTests.llhttp(bytes)) {
        case (.head(let ours), .head(let theirs)):
            tally.bothAccept += 1
            if let difference = LLHTTPDifferentialTests.difference(ours, theirs) { tally.add(difference, bytes) }
        case (.head(let ours), .refused), (.head(let ours), .incomplete):
            // llhttp has a list of methods, contracts take any token; all else must be equal under a method it knows.
            let known = Array("GET".utf8) + bytes[ours.method.count...]
            guard case .head(let theirs) = LLHTTPDifferentialTests.llhttp(known) else {
                return tally.add("accepted by us only", bytes)
            }
            tally.unknownMethod += 1
            var same = ours
            same.method = Array("GET".utf8)
            if let difference = LLHTTPDifferentialTests.difference(same, theirs) { tally.add(difference, bytes) }
        case (.refused(let refusal), .head(let theirs)):
            guard let reason = LLHTTPDifferentialTests.reason(refusal, bytes, theirs) else {
                return tally.add("undocumented refusal (\(refusal))", bytes)
            }
            tally.stricter[reason, default: 0] += 1
        case (.incomplete, .head): tally.add("incomplete for us only", bytes)
        case (.refused, _), (.incomplete, _): tally.bothRefuse += 1
        }
    }

    private static func llhttp(_ bytes: [UInt8]) -> Theirs {
        let channel = EmbeddedChannel()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        var failed = false
        do {
            try channel.pipeline.syncOperations.addHandler(decoder)
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch { failed = true }
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        if case .head(let head)? = try? channel.readInbound(as: HTTPServerRequestPart.self) { return .head(head) }
        return failed ? .refused : .incomplete
    }

    /// The first thing that the two heads do not say alike.
    private static func difference(_ ours: HeadSnapshot, _ theirs: HTTPRequestHead) -> String? {
        func same(_ bytes: [UInt8], _ text: String) -> Bool {
            String(decoding: bytes, as: UTF8.self).utf8.elementsEqual(text.utf8)
        }
        // NIOHTTP1 spells `M-SEARCH` without its dash.
        guard same(ours.method, theirs.method == .MSEARCH ? "M-SEARCH" : theirs.method.rawValue) else {
            return "method"
        }
        guard same(ours.target, theirs.uri) else { return "target" }
        guard theirs.version == (ours.isHTTP11 ? .http1_1 : .http1_0) else { return "version" }
        guard ours.keepsAlive == theirs.isKeepAlive || isConnectionOfTwoMinds(theirs) else { return "keep-alive" }
        for field in RequestHead.Field.allCases {
            let name = field.name.description.lowercased()
            let values = theirs.headers.filter { $0.name.lowercased() == name }.map { trimmed($0.value) }
            guard values.count == ours.counts[name] ?? 0 else { return "number of \(name)" }
            for (mine, other) in zip(ours.fields[name] ?? [], values) where !same(mine, other) {
                return "value of \(name)"
            }
        }
        return nil
    }

    /// llhttp keeps an HTTP/1.0 connection on `keep-alive, close`, we close it; llhttp overlooks a token beside a tab.
    private static func isConnectionOfTwoMinds(_ head: HTTPRequestHead) -> Bool {
        let lines = head.headers["connection"].map { $0.lowercased() }
        let tokens = lines.joined(separator: ",").split { $0 == "," || $0 == " " }
        return lines.contains { $0.utf8.contains(0x09) }
            || head.version == .http1_0 && tokens.contains("close") && tokens.contains("keep-alive")
    }

    /// llhttp leaves the blanks after a value.
    private static func trimmed(_ value: String) -> String {
        var bytes = Array(value.utf8)
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The documented reason of a refusal, if the bytes show that it is the one.
    private static func reason(
        _ refusal: RequestHeadParser.Refusal, _ bytes: [UInt8], _ theirs: HTTPRequestHead
    ) -> StricterRefusal? {
        let length = theirs.headers["content-length"].first ?? ""
        let holds: (reason: StricterRefusal, isProven: Bool)
        switch refusal {
        case .malformed(.host): holds = (.host, theirs.headers["host"].count != 1)
        case .malformed where bytes.first == 0x0A || bytes.first == 0x0D: holds = (.emptyLineFirst, true)
        case .malformed(.target) where !theirs.uri.utf8.starts(with: "/".utf8): holds = (.targetForm, true)
        case .malformed(.requestLine), .malformed(.target), .malformed(.method):
            let line = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self)
            let isOther = line.contains(" RTSP/") || line.contains(" ICE/")
            holds = isOther ? (.otherProtocol, true) : (.blanksInRequestLine, line.utf8.count { $0 == 0x20 } > 2)
        case .malformed(.contentLength): holds = (.longContentLength, length.filter { "0"..."9" ~= $0 }.count > 18)
        case .malformed(.transferEncoding):
            let codings = theirs.headers["transfer-encoding"].map { trimmed($0.lowercased()) }
            holds = (.transferEncoding, !codings.isEmpty && codings != ["chunked"])
        case .malformed(.bodyTwice):
            holds = (.lengthAndEncoding, !length.isEmpty && theirs.headers.contains(name: "transfer-encoding"))
        case .malformed, .tooLarge, .version: return nil
        }
        return holds.isProven ? holds.reason : nil
    }
}
