import GatehouseListener
import Testing

@Suite("The notice that the daemon stops")
struct StopNoticeTests {
    @Test("is given once, and time runs from the moment in which nothing new is taken")
    func time() {
        let notice = StopNotice(drain: .seconds(3_600))
        #expect(!notice.isGiven)
        notice.give()
        notice.give()
        #expect(notice.isGiven)
        #expect(notice.remaining == .seconds(3_600), "everything is answered as before")
        notice.beginDraining()
        #expect(notice.remaining <= .seconds(3_600) && notice.remaining > .seconds(3_000))
        let short = StopNotice(drain: .zero)
        short.beginDraining()
        #expect(short.remaining == .zero)
    }
}
