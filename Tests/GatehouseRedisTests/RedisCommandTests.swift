import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("Commands")
struct RedisCommandTests {
    @Test("are written as Redis reads them")
    func written() {
        var buffer = ByteBuffer()
        buffer.writeCommand(RedisCommand("CLIENT SETNAME", Array("gatehouse".utf8)))
        #expect(String(buffer: buffer) == "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$9\r\ngatehouse\r\n")
        buffer.clear()
        for key in ["gh:s:0123456789", ""] {
            buffer.clear()
            buffer.writeRead(Array(key.utf8))
            #expect(buffer == RedisCommand.read(Array(key.utf8)).written)
            #expect(String(buffer: buffer).hasSuffix("\r\n\(key)\r\n$1\r\n0\r\n$5\r\n\(RecordLimits.valueBytes)\r\n"))
        }
        #expect(RedisScript.compareAndSet.source.description.contains(" \(RecordLimits.valueBytes)"))
    }

    @Test("carry numbers of any length", arguments: [1, 9, 10, 99, 100, 1_234_567, 1_000_000_000_000_000])
    func numbers(number: Int64) {
        var buffer = ByteBuffer()
        buffer.writeSetIfPresent([107], [0, 13], milliseconds: number)
        let words = [[107], [0, 13], Array("XX".utf8), Array("PX".utf8), [UInt8](decimal: number)]
        #expect(buffer == RedisCommand("SET", words).written)
    }

    @Test("take no more room than they announce", arguments: [0, 1, 1_000, 100_000])
    func size(length: Int) {
        let command = RedisCommand("SET", [UInt8](repeating: 1, count: length), [2])
        #expect(command.written.readableBytes <= command.size)
    }
}

extension RedisCommand {
    var written: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeCommand(self)
        return buffer
    }
}
