import GatehouseCore
import Testing

/// Octets that stand in stores and that the script in Redis reads and writes, too: they are never changed.
///
/// Source: put together by a program that shares nothing with this one (Python's `struct`).
@Suite("The octets of a counter of attempts")
struct ThrottleStateLayoutTests {
    /// Three in all; 2023-11-14T22:13:20.123Z, and a second before.
    private let golden: [UInt8] = [
        0, 0, 0, 3, 0x00, 0x00, 0x01, 0x8B, 0xCF, 0xE5, 0x68, 0x7B, 0x00, 0x00, 0x01, 0x8B, 0xCF, 0xE5, 0x64, 0x93,
    ]

    @Test("mean what they meant, and are written as they were")
    func layout() {
        let state = ThrottleState(octets: golden)
        #expect(state.total == 3)
        #expect(
            state.attempts == [
                Timestamp(milliseconds: 1_700_000_000_123), Timestamp(milliseconds: 1_699_999_999_123),
            ])
        #expect(state.octets == golden)
        #expect(ThrottleState().octets == [0, 0, 0, 0])
    }

    @Test("of any other length count as nothing")
    func lengths() {
        for length in golden.indices where length != 4 && length != 12 {
            #expect(ThrottleState(octets: Array(golden[..<length])) == ThrottleState())
        }
        #expect(ThrottleState(octets: golden + [0]) == ThrottleState())
    }
}
