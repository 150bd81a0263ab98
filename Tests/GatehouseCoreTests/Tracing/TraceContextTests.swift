import GatehouseCore
import Testing

@Suite("A trace's context")
struct TraceContextTests {
    private func parsed(_ text: String) -> TraceContext? { TraceContext(parsing: Array(text.utf8).span) }

    @Test("is what W3C's examples say")
    func examples() throws {
        let sampled = try #require(parsed("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        #expect(
            "\(sampled.trace)" == "0af7651916cd43dd8448eb211c80319c" && "\(sampled.span)" == "b7ad6b7169203331"
                && sampled.isSampled)
        #expect(parsed("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")?.isSampled == false)
        #expect(sampled.header == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(
            sampled.with(SpanID(0xB7)).header == "00-0af7651916cd43dd8448eb211c80319c-00000000000000b7-01")
        #expect(parsed("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09-more")?.isSampled == true)
        #expect(parsed("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") != nil)
        // Either half of the trace's id may be zero, not both.
        #expect(parsed("00-0000000000000000000000000000000c-b7ad6b7169203331-01") != nil)
        #expect(parsed("00-c0000000000000000000000000000000-b7ad6b7169203331-01") != nil)
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
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
            "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ])
    func malformed(text: String) { #expect(parsed(text) == nil) }
}
