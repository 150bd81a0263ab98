import GatehouseCore
@testable import GatehouseServer
import GatehouseTestSupport
import NIOCore

extension CheckEngine where Reader == FakeReader {
    /// The answer to the first head in `bytes`, for readers that answer at once; `nil` if the head is not whole.
    ///
    /// - Throws: `RequestHeadParser.Refusal`.
    func response(to bytes: [UInt8], peer: IPAddress? = IPAddress("127.0.0.1")) throws -> CheckResponse? {
        try answer(to: bytes, peer: peer).map { CheckResponse(wire: $0) }
    }
}

extension CheckEngine {
    func answer(to bytes: [UInt8], peer: IPAddress?) throws -> [UInt8]? {
        var parser = RequestHeadParser()
        guard let head = try parser.parse(bytes.span) else { return nil }
        var answers: [[UInt8]] = []
        answer(head, bytes.span, peer: peer) { answers.append($0) }
        guard answers.count == 1 else { throw NotAnsweredOnce(count: answers.count) }
        return answers[0]
    }

    /// Has one check read, judged and answered, as a connection does.
    private func answer(
        _ head: RequestHead, _ bytes: Span<UInt8>, peer: IPAddress?, completion: @escaping ([UInt8]) -> Void
    ) {
        let responder = CheckResponder(self)
        let exchange = Exchange(head, bytes)
        do throws(NoCheck) {
            let check = try responder.read(head, bytes, peer: peer)
            let span = responder.span(of: check, head, bytes)
            judge(check, span: span) { verdict in
                completion(Array(responder.answer(verdict, exchange).readableBytesView))
            }
        } catch {
            completion(Array(responder.answer(error, exchange.form).readableBytesView))
        }
    }
}

struct NotAnsweredOnce: Error {
    let count: Int
}

extension CheckResponse {
    init(wire: [UInt8]) {
        let parts = String(decoding: wire, as: UTF8.self).components("\r\n\r\n")
        self.init(head: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }
}

/// A reader that keeps what it read until the test lets it go.
final class HeldReader: RecordReader {
    private let records: FakeRecords
    private var held: [(RecordReading, (RecordReading) -> Void)] = []

    init(_ records: FakeRecords) { self.records = records }

    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        held.append((records.read(first, second), completion))
    }

    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.refresh(value, for: key, expiresIn: expiresIn)
    }

    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.write(value, for: key, expiresIn: expiresIn)
    }

    /// Completes everything, also what is read meanwhile.
    func release() {
        while !held.isEmpty {
            let now = held
            held = []
            for (reading, completion) in now { completion(reading) }
        }
    }
}

extension CheckEngine {
    /// Asks and does not wait; the answer is there once the reader let go.
    @discardableResult
    func start(_ text: String) throws -> Mutexed<CheckResponse?> {
        let response = Mutexed<CheckResponse?>(nil)
        let bytes = Array(text.utf8)
        var parser = RequestHeadParser()
        guard let head = try parser.parse(bytes.span) else { return response }
        answer(head, bytes.span, peer: nil) { wire in
            response.change { $0 = CheckResponse(wire: wire) }
        }
        return response
    }
}
