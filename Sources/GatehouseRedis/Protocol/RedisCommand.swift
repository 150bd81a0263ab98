internal import GatehouseCore
internal import NIOCore

/// A command with its arguments, for everything that is not on the check path.
struct RedisCommand: Sendable {
    let arguments: [[UInt8]]

    init(_ name: StaticString, _ arguments: [UInt8]...) {
        self.init(name, arguments)
    }

    init(_ name: StaticString, _ arguments: [[UInt8]]) {
        self.arguments = name.description.split(separator: " ").map { Array($0.utf8) } + arguments
    }

    /// What it takes in the buffer, about.
    var size: Int { arguments.reduce(16) { $0 + $1.count + 16 } }
}

extension RedisCommand {
    /// The same for everything else.
    static func read(_ key: [UInt8]) -> RedisCommand {
        RedisCommand("GETRANGE", key, [UInt8](decimal: 0), [UInt8](decimal: Int64(RecordLimits.valueBytes)))
    }
}

extension [UInt8] {
    /// A whole number as Redis reads it.
    init(decimal number: Int64) { self = Array(String(number).utf8) }
}

extension ByteBuffer {
    mutating func writeCommand(_ command: RedisCommand) {
        writeStaticString("*")
        writeDecimal(command.arguments.count)
        writeStaticString("\r\n")
        for argument in command.arguments {
            writeStaticString("$")
            writeArgument(argument)
        }
    }

    /// `GETRANGE key 0 65536`: an octet more than a record may have, so that a longer value is known as such.
    mutating func writeRead(_ key: [UInt8]) {
        writeStaticString("*4\r\n$8\r\nGETRANGE\r\n$")
        writeArgument(key)
        writeStaticString("$1\r\n0\r\n$5\r\n65536\r\n")
    }

    /// `SET key value XX PX milliseconds`.
    mutating func writeSetIfPresent(_ key: [UInt8], _ value: [UInt8], milliseconds: Int64) {
        writeStaticString("*6\r\n$3\r\nSET\r\n$")
        writeArgument(key)
        writeStaticString("$")
        writeArgument(value)
        writeStaticString("$2\r\nXX\r\n$2\r\nPX\r\n$")
        let number = Int(clamping: milliseconds)
        writeDecimal(number.decimalDigits)
        writeStaticString("\r\n")
        writeDecimal(number)
        writeStaticString("\r\n")
    }

    /// An argument whose `$` stands already.
    private mutating func writeArgument(_ bytes: [UInt8]) {
        writeDecimal(bytes.count)
        writeStaticString("\r\n")
        writeBytes(bytes)
        writeStaticString("\r\n")
    }

    private mutating func writeDecimal(_ number: Int) {
        var divisor = 1
        for _ in 1..<number.decimalDigits { divisor &*= 10 }
        while divisor > 0 {
            writeInteger(UInt8(truncatingIfNeeded: 48 &+ number / divisor % 10))
            divisor /= 10
        }
    }
}

extension Int {
    /// How many digits a number of zero or more has.
    fileprivate var decimalDigits: Int {
        var rest = self
        var count = 1
        while rest >= 10 {
            rest /= 10
            count &+= 1
        }
        return count
    }
}

extension Duration {
    /// What Redis takes as an expiry: at least 1 ms, at most some 30,000 years, so that no sum overflows.
    var redisMilliseconds: Int64 { min(max(wholeMilliseconds, 1), 1_000_000_000_000_000) }
}
