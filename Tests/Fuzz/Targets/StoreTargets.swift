#if DEBUG
    internal import GatehouseCore
    @testable internal import GatehouseRedis
    @testable internal import GatehouseSessions
    internal import NIOCore

    extension FuzzTarget {
        /// Replies that arrive in pieces are the same replies.
        static let resp = FuzzTarget(
            "resp",
            seeds: [
                "+OK\r\n:42\r\n$3\r\nabc\r\n$-1\r\n", "*3\r\n$1\r\na\r\n*1\r\n:1\r\n-ERR no\r\n",
                "-MOVED 1 a:1\r\n+PONG\r\n",
                "*-1\r\n*0\r\n$0\r\n\r\n",
            ]
        ) { bytes throws(Broken) in
            let whole = replies([bytes])
            let half = bytes.count / 2
            try expect(whole == replies([Array(bytes[..<half]), Array(bytes[half...])]), "other in pieces: \(whole)")
        }

        /// The replies, and whether the stream is still sound.
        private static func replies(_ pieces: [[UInt8]]) -> Result<[RedisReply], ReplyFault> {
            do {
                var parser = try ReplyParser()
                var replies: [RedisReply] = []
                for piece in pieces {
                    var buffer = ByteBuffer(bytes: piece)
                    while let reply = try parser.next(from: &buffer) { replies.append(reply) }
                }
                return .success(replies)
            } catch { return .failure(error) }
        }

        private static let moment = Timestamp(milliseconds: 1_800_000_000_000)

        private static let identity = StoredIdentity(
            identity: Identity(
                user: UserReference(backend: "database", id: "1"), name: "alice", displayName: "Alice",
                email: "alice@example.com", isSuperuser: true, groups: ["a", "b"], permissions: ["c.d"]),
            epoch: 1, readAt: moment)

        private static let session = Session(
            user: UserReference(backend: "database", id: "1"), signedInAt: moment, lastSeen: moment,
            limits: SessionLimits(idle: .seconds(1), absolute: .seconds(2)), isRemembered: true, epoch: 1)

        /// What is read from a record and written again is read as the same.
        static let records = FuzzTarget(
            "records",
            seeds: [
                try? identity.encoded(), try? session.encoded(),
                try? SessionOrigin(agent: "Firefox", address: "192.0.2.1").encoded(),
                try? ReturnRecord(address: [0x2F], endsAt: moment).encoded(),
            ].compactMap(\.self)
        ) { bytes throws(Broken) in
            try again(bytes, StoredIdentity.init(decoding:)) { try $0.encoded() }
            try again(bytes, Session.init(decoding:)) { try $0.encoded() }
            try again(bytes, SessionOrigin.init(decoding:)) { try $0.encoded() }
            try again(bytes, ReturnRecord.init(decoding:)) { try $0.encoded() }
            try again(bytes, SecretContent.init(decoding:)) { try $0.encoded() }
        }

        private static func again<Record: Equatable>(
            _ bytes: [UInt8], _ decode: ([UInt8]) -> Record?, _ encode: (Record) throws -> [UInt8]
        ) throws(Broken) {
            guard let record = decode(bytes) else { return }
            guard let written = try? encode(record) else {
                throw Broken(description: "\(record) was read, but cannot be written")
            }
            try expect(decode(written) == record, "\(record) is read as another one")
        }
    }
#endif
