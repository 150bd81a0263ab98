internal import GatehouseCore

/// A reply of RESP2, as far as Gatehouse needs to know it.
enum RedisReply: Equatable, Sendable {
    case null
    /// `+OK`.
    case ok
    /// Another status such as `+PONG`; its text does not matter.
    case status
    case integer(Int64)
    case bulk([UInt8])
    case array([RedisReply])
    case error(RedisErrorCode)
}

extension RedisReply {
    /// The content of a message of a channel; `nil` if it is a reply.
    var pushed: RedisReply? {
        guard case .array(let elements) = self, elements.count == 3, elements[0] == .bulk(RedisReply.message) else {
            return nil
        }
        return elements[2]
    }

    private static let message = Array("message".utf8)
}

/// What a bounded read brings.
enum ReadValue: Equatable, Sendable {
    /// No octets: there is no value, or an empty one.
    case none
    case value([UInt8])
    /// A value of another type, or one that is too long to be a record.
    case unfit
    /// The server gave no answer to the question.
    case unavailable(RedisErrorCode?)

    init(_ reply: RedisReply) {
        self =
            switch reply {
            case .bulk(let octets) where octets.isEmpty: .none
            case .bulk(let octets) where octets.count > RecordLimits.valueBytes: .unfit
            case .bulk(let octets): .value(octets)
            case .null: .none
            case .error(.wrongType): .unfit
            case .error(let code): .unavailable(code)
            case .ok, .status, .integer, .array: .unavailable(nil)
            }
    }
}

/// The first word of an error reply.
///
/// The words after it are dropped: Redis repeats arguments in some of them, and a log must never show a password.
enum RedisErrorCode: String, CaseIterable, Sendable {
    case generic = "ERR"
    case wrongPassword = "WRONGPASS"
    case notAuthenticated = "NOAUTH"
    case notPermitted = "NOPERM"
    /// The same word, where it is the key that the user may not touch and not the command.
    case keyNotPermitted = "NOPERM for a key"
    case noScript = "NOSCRIPT"
    case loading = "LOADING"
    case outOfMemory = "OOM"
    case wrongType = "WRONGTYPE"
    case readOnly = "READONLY"
    case busy = "BUSY"
    case cannotPersist = "MISCONF"
    case masterDown = "MASTERDOWN"
    case noReplicas = "NOREPLICAS"
    case clusterDown = "CLUSTERDOWN"
    case moved = "MOVED"
    case ask = "ASK"
    case tryAgain = "TRYAGAIN"
    /// Any other word.
    case other = "unknown error"

    init(line: Span<UInt8>) {
        guard let code = RedisErrorCode.allCases.first(where: { $0.begins(line) }) else {
            self = .other
            return
        }
        // Commands stand in quotes there: "this user has no permissions to run the 'keys' command".
        self = code == .notPermitted && RedisErrorCode.names(" key", in: line) ? .keyNotPermitted : code
    }

    private static func names(_ word: StaticString, in line: Span<UInt8>) -> Bool {
        guard line.count >= word.utf8CodeUnitCount else { return false }
        let wanted = Array(word.description.utf8)
        return (0...(line.count - wanted.count)).contains { start in
            wanted.indices.allSatisfy { line[start + $0] == wanted[$0] }
        }
    }

    private func begins(_ line: Span<UInt8>) -> Bool {
        var index = 0
        for byte in rawValue.utf8 {
            guard index < line.count, line[index] == byte else { return false }
            index += 1
        }
        return index == line.count || line[index] == UInt8(ascii: " ")
    }
}

/// Why a stream of replies cannot be read on; the connection is closed.
enum ReplyFault: Error, Equatable, CustomStringConvertible {
    /// Not RESP2, or beyond the limits of `ReplyLimits`.
    case malformed
    case outOfMemory

    var description: String {
        switch self {
        case .malformed: "the server broke the protocol or its limits"
        case .outOfMemory: "there is no memory for a reply"
        }
    }
}

/// What a server may send in one reply.
///
/// hiredis 0.14 itself limits only the nesting, and 1.x not even that.
enum ReplyLimits {
    /// Arrays within one another.
    static let nesting = 8
    static let bulkBytes = 1 << 20
    static let arrayElements = 1_024
    /// The whole of a reply, at 32 octets for each value besides its own.
    static let replyBytes = 4 << 20
}
