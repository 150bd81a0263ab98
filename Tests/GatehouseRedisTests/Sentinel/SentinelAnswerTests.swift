import GatehouseCore
import Testing

@testable import GatehouseRedis

@Suite("What a Sentinel says")
struct SentinelAnswerTests {
    private func answer(_ parts: String...) -> SentinelAnswer {
        SentinelAnswer(.array(parts.map { .bulk(Array($0.utf8)) }))
    }

    @Test("is an address or a name with a port, or nothing")
    func answers() {
        #expect(answer("10.0.0.5", "6379") == .master(.tcp(host: "10.0.0.5", port: 6_379)))
        #expect(answer("::1", "1") == .master(.tcp(host: "::1", port: 1)))
        #expect(answer("redis_1.example.com", "65535") == .master(.tcp(host: "redis_1.example.com", port: 65_535)))
        #expect(SentinelAnswer(.null) == .unknownName)
        #expect(SentinelAnswer(.error(.notAuthenticated)) == .refused(.notAuthenticated))
    }

    @Test("counts for nothing if it is anything else")
    func unfit() {
        for parts in [
            ["a"], ["a", "1", "2"], ["", "1"], ["a", ""], ["a", "0"], ["a", "65536"], ["a", "99999999999999999999"],
            ["a", "+1"], ["a b", "1"], ["a\n", "1"], ["/run/x", "1"], [String(repeating: "a", count: 300), "1"],
        ] {
            #expect(SentinelAnswer(.array(parts.map { .bulk(Array($0.utf8)) })) == .unfit, "\(parts)")
        }
        for reply in [
            RedisReply.ok, .status, .integer(1), .bulk([1]), .array([]), .array([.bulk([97]), .integer(1)]),
            .array([.null, .null]),
        ] { #expect(SentinelAnswer(reply) == .unfit, "\(reply)") }
    }

    @Test("decides who is asked first the next time")
    func order() {
        let (a, b, c) = (
            ServerAddress.tcp(host: "a", port: 1), ServerAddress.tcp(host: "b", port: 1),
            ServerAddress.tcp(host: "c", port: 1)
        )
        var order = SentinelOrder([a, b, c])
        order.failed(a)
        #expect(order.addresses == [b, c, a])
        order.answered(c)
        #expect(order.addresses == [c, b, a])
        order.failed(.unix(path: "/x"))
        order.answered(.unix(path: "/x"))
        #expect(order.addresses == [c, b, a])
    }
}
