@testable import GatehouseCore

/// A parsed head with its texts copied out, so that two of them can be compared.
struct HeadSnapshot: Equatable {
    var method: [UInt8]
    var target: [UInt8]
    var isHTTP11: Bool
    var keepsAlive: Bool
    var announcesBody: Bool
    var byteCount: Int
    /// The lines of each kept field: their number, and the value of the first one (of all for `Cookie`).
    var fields: [String: [[UInt8]]]
    var counts: [String: Int]
}

/// What became of some bytes.
enum HeadOutcome: Equatable {
    case head(HeadSnapshot)
    case incomplete
    case refused(RequestHeadParser.Refusal)

    var head: HeadSnapshot? { if case .head(let head) = self { head } else { nil } }
    var refusal: RequestHeadParser.Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

extension RequestHeadParser {
    /// Parses and copies out.
    mutating func outcome(of bytes: [UInt8]) -> HeadOutcome {
        let head: RequestHead
        do throws(Refusal) {
            guard let parsed = try parse(bytes.span) else { return .incomplete }
            head = parsed
        } catch {
            return .refused(error)
        }
        var fields: [String: [[UInt8]]] = [:]
        var counts: [String: Int] = [:]
        for field in RequestHead.Field.allCases {
            guard let value = head.value(of: field, in: bytes.span) else { continue }
            fields[field.name.description.lowercased()] = [value]
            counts[field.name.description.lowercased()] = head.count(of: field)
        }
        if !head.moreCookies.isEmpty {
            fields["cookie"]?.append(contentsOf: head.moreCookies.map { Array(bytes[$0.range]) })
        }
        return .head(
            HeadSnapshot(
                method: Array(bytes[head.method.range]), target: Array(bytes[head.target.range]),
                isHTTP11: head.isHTTP11, keepsAlive: head.wantsKeepAlive, announcesBody: head.announcesBody,
                byteCount: head.byteCount, fields: fields, counts: counts))
    }

    /// Parses one text by a fresh parser.
    static func outcome(of text: String) -> HeadOutcome {
        var parser = RequestHeadParser()
        return parser.outcome(of: Array(text.utf8))
    }
}
