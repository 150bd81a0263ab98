import GatehouseCore
import Testing

@Suite("The names of our own cookies")
struct OwnCookiesTests {
    @Test(
        "follow from the session's: over https all others are of one host, whatever that one is",
        arguments: [
            ("__Host-gatehouse", true, "__Host-gatehouse"), ("__Secure-gatehouse", true, "__Host-gatehouse"),
            ("gatehouse", true, "__Host-gatehouse"), ("gatehouse-local", false, "gatehouse-local"),
        ])
    func names(session: String, isSecure: Bool, start: String) {
        let own = OwnCookies(session: SessionCookieName(session), isSecure: isSecure)
        #expect(own.session.description == session)
        #expect(own.preSession.description == "\(start)-pre")
        #expect(own.pending.description == "\(start)-pending")
        #expect(own.reset.description == "\(start)-reset")
        #expect(own.device.description == "\(start)-device")
        // One of the two marks is there to show whether cookies with `Secure` come back.
        #expect(!own.marker.description.hasPrefix("__") && own.secureMarker.description.hasPrefix("__Host-"))
        #expect(own.names.session == own.session)
        #expect(
            own.names.all == [
                own.session, own.preSession, own.pending, own.reset, own.device, own.marker, own.secureMarker,
            ])
    }

    @Test("of two installations differ in each of them when the sessions' differ")
    func apart() {
        let first = OwnCookies(session: SessionCookieName("first"), isSecure: false)
        let second = OwnCookies(session: SessionCookieName("second"), isSecure: false)
        #expect(Set(first.names.all).isDisjoint(with: second.names.all))
    }
}
