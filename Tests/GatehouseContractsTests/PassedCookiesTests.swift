import GatehouseContracts
import Testing

@Suite("The client's cookies in an answer")
struct PassedCookiesTests {
    @Test("are named in the words of each kind of proxy")
    func lines() {
        let some = Array("a=1; b=2".utf8)
        #expect(text(PassedCookies.none.lines(some)) == "")
        #expect(text(PassedCookies.named.lines(some)) == "Gatehouse-Cookie: a=1; b=2\r\nCookie: a=1; b=2\r\n")
        #expect(text(PassedCookies.named.lines([])) == "Gatehouse-Cookie: \r\n")
        // Envoy removes after it has set: one or the other.
        #expect(text(PassedCookies.replaced.lines(some)) == "Cookie: a=1; b=2\r\n")
        #expect(text(PassedCookies.replaced.lines([])) == "X-Envoy-Auth-Headers-To-Remove: cookie\r\n")
        for form in [PassedCookies.none, .named, .replaced] { #expect(form.lines([]) == form.linesOfNone) }
    }

    @Test("are those of others, for proxies that are told")
    func others() throws {
        let token = String(repeating: "A", count: 43)
        let cookies = ("Cookie", "a=1; __Host-gatehouse=\(token); b=2")
        #expect(try Ask.forward("/", [cookies]).read().get().otherCookies == Array("a=1; b=2".utf8))
        #expect(try Ask.envoy("/", [cookies]).read().get().otherCookies == Array("a=1; b=2".utf8))
        #expect(try Ask.request("https://app.example.com/", [cookies]).read().get().otherCookies == [])
    }
}
