internal import GatehouseCore

/// What a Sentinel says to `SENTINEL get-master-addr-by-name`.
enum SentinelAnswer: Equatable {
    case master(ServerAddress)
    /// It watches over no master of that name.
    case unknownName
    case refused(RedisErrorCode)
    /// It does not speak like a Sentinel.
    case unfit

    init(_ reply: RedisReply) {
        self =
            switch reply {
            case .null: .unknownName
            case .error(let code): .refused(code)
            case .array(let parts): SentinelAnswer.address(parts).map(Self.master) ?? .unfit
            case .ok, .status, .integer, .bulk: .unfit
            }
    }

    /// A host, which may be a name where Sentinel resolves names, and a port in digits.
    private static func address(_ parts: [RedisReply]) -> ServerAddress? {
        guard parts.count == 2, case .bulk(let host) = parts[0], case .bulk(let digits) = parts[1] else { return nil }
        let isHost = host.allSatisfy { ASCII.isAlphanumeric($0) || "._-:".utf8.contains($0) }
        guard !host.isEmpty, host.count <= Host.maxLength, isHost, digits.count <= 5,
            let port = ASCII.decimal(digits.span, limit: 65_535), port > 0
        else { return nil }
        return .tcp(host: String(decoding: host, as: UTF8.self), port: UInt16(port))
    }
}
