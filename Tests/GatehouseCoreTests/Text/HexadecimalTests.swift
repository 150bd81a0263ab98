import GatehouseCore
import Testing

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("gives two digits for each octet, and reads them in either case (RFC 4648, section 10)")
    func octets() {
        #expect(Hexadecimal.text(Array("foobar".utf8)) == "666f6f626172")
        #expect(Hexadecimal.octets(Array("666F6f626172".utf8)) == Array("foobar".utf8))
        #expect(Hexadecimal.text([0x00, 0x0F, 0xF0]) == "000ff0")
        #expect(Hexadecimal.octets([]) == [])
        let all = (UInt8.min...UInt8.max).map { $0 }
        #expect(Hexadecimal.octets(Hexadecimal.digits(all)) == all)
    }

    @Test(
        "is neither an odd number of digits nor anything else", arguments: ["6", "666", "6g", "g6", "0x", " 6", "-6"])
    func refused(text: String) {
        #expect(Hexadecimal.octets(Array(text.utf8)) == nil)
    }

    @Test("writes a number as wide as asked for, and no narrower than it is")
    func numbers() {
        #expect(Hexadecimal.text(UInt32(0x1B), width: 4) == "001b")
        #expect(Hexadecimal.text(UInt32(0x1_F600), width: 4) == "1f600")
    }

    @Test("is read behind a mark only where both digits are there")
    func marked() {
        let text = Array("%41%4".utf8)
        #expect(Hexadecimal.octet(behind: 0, of: text) == 0x41)
        #expect(Hexadecimal.octet(behind: 3, of: text) == nil)
        #expect(Hexadecimal.octet(behind: 3, of: text[...4]) == nil)
        var upper: [UInt8] = []
        Hexadecimal.append(0xAB, to: &upper, .upper)
        #expect(upper == Array("AB".utf8))
    }
}
