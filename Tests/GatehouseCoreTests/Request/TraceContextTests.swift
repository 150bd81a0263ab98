import GatehouseCore
import Testing

@Suite("A trace's context")
struct TraceContextTests {
    private func parsed(_ text: String) -> TraceContext? { TraceContext(parsing: Array(text.utf8).span) }

    @Test("is what W3C's examples say")
    func examples() throws {
        let sampled = try #require(parsed("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        #expect(sampled.traceID == "0af7651916cd43dd8448eb211c80319c" && sampled.isSampled)
        #expect(parsed("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")?.isSampled == false)
        #expect(
            sampled.header(span: [0xB7, 0xAD, 0x6B, 0x71, 0x69, 0x20, 0x33, 0x31])
                == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(parsed("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09-more")?.isSampled == true)
        #expect(parsed("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") != nil)
    }

    @Test(
        "is none where the line is malformed",
        arguments: [
            "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "x",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0 ",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ])
    func malformed(text: String) { #expect(parsed(text) == nil) }
}
