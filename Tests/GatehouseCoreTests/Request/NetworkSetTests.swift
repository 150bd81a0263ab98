import GatehouseCore
import Testing

@Suite("Several networks")
struct NetworkSetTests {
    @Test("hold the addresses that one of them holds, on random ones")
    func random() throws {
        var random = Random(seed: 4)
        func octet() -> Int { [0, 1, 127, 128, 255][random.next(5)] }
        for _ in 0..<500 {
            let networks = try (0..<random.next(12)).map { _ in
                let (length, value) = (random.next(33), octet() << 24 | octet() << 16 | octet() << 8 | octet())
                let start = length == 0 ? 0 : value & (0xFFFF_FFFF << (32 - length)) & 0xFFFF_FFFF
                let text = (0..<4).map { String(start >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
                return try #require(Network("\(text)/\(length)"))
            }
            let set = NetworkSet(networks)
            for _ in 0..<40 {
                let address = try #require(IPAddress("\(octet()).\(octet()).\(octet()).\(octet())"))
                #expect(
                    set.contains(address) == networks.contains { $0.contains(address) }, "\(address) in \(networks)")
            }
        }
    }

    @Test("are those of both families, each once")
    func families() throws {
        let set = NetworkSet(["2001:db8::/32", "10.0.0.0/8", "10.1.0.0/16", "::1"].compactMap { Network($0) })
        #expect(set.texts == ["::1/128", "10.0.0.0/8", "2001:db8::/32"])
        for (text, isIn) in [
            ("::ffff:10.2.3.4", true), ("::1", true), ("2001:db8:1::1", true), ("11.0.0.0", false), ("::2", false),
        ] { #expect(set.contains(try #require(IPAddress(text))) == isIn, "\(text)") }
        #expect(!NetworkSet.none.contains(try #require(IPAddress("::1"))))
        #expect(NetworkSet([try #require(Network("::/0"))]).contains(try #require(IPAddress("192.0.2.1"))))
    }
}
