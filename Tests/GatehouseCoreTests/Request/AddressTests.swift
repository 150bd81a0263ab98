import GatehouseCore
import Testing

@Suite("IP addresses and networks")
struct AddressTests {
    @Test(
        "are read in their text forms and written in one",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::", "::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("fe80::1:0:0:1", "fe80::1:0:0:1"),
            ("0:0:1::", "0:0:1::"),
        ])
    func accepted(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(
        "of any other spelling are none",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ", "0x7f.1",
            "2130706433", ":", ":::",
            "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "fe80::1%eth0", "[::1]", "::1.2.3",
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8", "1:", "1.2.3.4:80",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("networks hold what their prefix says and refuse host bits")
    func networks() throws {
        let ten = try #require(Network("10.0.0.0/8"))
        #expect(ten.contains(try #require(IPAddress("10.255.0.1"))))
        #expect(!ten.contains(try #require(IPAddress("11.0.0.1"))))
        let six = try #require(Network("2001:db8::/32"))
        #expect(six.contains(try #require(IPAddress("2001:db8:ffff::1"))))
        #expect(!six.contains(try #require(IPAddress("10.0.0.1"))))
        for text in ["10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "x/8"] {
            #expect(Network(text) == nil)
        }
    }

    @Test("the client is the right-most address that is no trusted proxy")
    func client() throws {
        let proxies = TrustedProxies(networks: Network.loopback + [try #require(Network("10.0.0.0/8"))])
        func client(_ forwarded: String?) -> ClientAddress {
            proxies.clientAddress(forwarded: forwarded.map { Array($0.utf8) }, peer: IPAddress("10.0.0.1"))
        }
        func known(_ text: String) throws -> ClientAddress { .known(try #require(IPAddress(text))) }
        #expect(try client("203.0.113.7") == known("203.0.113.7"))
        #expect(try client("6.6.6.6, 203.0.113.7, 10.1.1.1") == known("203.0.113.7"))
        #expect(try client("10.2.2.2, 10.1.1.1") == known("10.2.2.2"))
        #expect(try client("203.0.113.7:1234") == known("203.0.113.7"))
        #expect(try client("[2001:db8::1]:1234") == known("2001:db8::1"))
        #expect(try client(nil) == known("10.0.0.1"))
        #expect(proxies.clientAddress(forwarded: nil, peer: nil) == .unknown)
        // What nginx says of a client at a Unix socket: no address, and no mistake.
        for text in ["unix:", "6.6.6.6, unix:", "unix:, 10.1.1.1"] { #expect(client(text) == .unknown, "\(text)") }
        for text in [
            "", " ", "unknown", "203.0.113.7,", "x, 10.0.0.1", "203.0.113.7 10.0.0.1", "[::1", "1.2.3.4:x", "[1.2.3.4]",
            "unix", "unix:x", "unix:,",
        ] {
            #expect(client(text) == .malformed, "\(text)")
        }
        #expect(try client("garbage, 203.0.113.7") == known("203.0.113.7"))
    }
}
