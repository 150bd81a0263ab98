/// Lower-case hexadecimal digits.
package enum Hexadecimal {
    package static func text(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
