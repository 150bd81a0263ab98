import GatehouseCore
import GatehouseSessions
import GatehouseTestSupport

/// What is kept of sign-ins at providers.
extension GoldenLayouts {
    private static func start(
        _ purpose: ProviderStart.Purpose, browser: Range<UInt8>, maxAge: Duration?, destination: UTF8Text = "",
        subject: UTF8Text = "", isRepeated: Bool = false, told: UTF8Text = ""
    ) -> ProviderStart? {
        guard let nonce = SecretToken(octets: Array(0..<32)), let verifier = SecretToken(octets: Array(32..<64)) else {
            return nil
        }
        return ProviderStart(
            purpose, at: "example",
            StartedSignIn(
                issuer: "https://id.example", redirectURI: "https://auth.example.com/oidc/example/callback",
                nonce: nonce, verifier: verifier, maxAge: maxAge, startedAt: moment),
            browser: Array(browser), destination: destination, subject: subject, isRepeated: isRepeated, told: told,
            endsAt: moment.advanced(by: .seconds(600)))
    }

    static let providerStart = [
        start(
            .stepUp, browser: 0..<16, maxAge: .seconds(300), destination: "https://app.example.com/",
            subject: "https://id.example\nsub-1", isRepeated: true, told: "{}"
        ).map {
            GoldenLayout(
                $0,
                """
                010000018bcfee903b000000000000000200076578616d706c65001268747470733a2f2f69642e6578616d706c65002e
                68747470733a2f2f617574682e6578616d706c652e636f6d2f6f6964632f6578616d706c652f63616c6c6261636b0020
                000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0020202122232425262728292a2b2c2d
                2e2f303132333435363738393a3b3c3d3e3f0100000000000493e00000018bcfe5687b0010000102030405060708090a
                0b0c0d0e0f001868747470733a2f2f6170702e6578616d706c652e636f6d2f001868747470733a2f2f69642e6578616d
                706c650a7375622d310100027b7d
                """)
        },
        start(.signIn, browser: 0..<32, maxAge: nil).map {
            GoldenLayout(
                $0,
                """
                010000018bcfee903b000000000000000000076578616d706c65001268747470733a2f2f69642e6578616d706c65002e
                68747470733a2f2f617574682e6578616d706c652e636f6d2f6f6964632f6578616d706c652f63616c6c6261636b0020
                000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0020202122232425262728292a2b2c2d
                2e2f303132333435363738393a3b3c3d3e3f000000018bcfe5687b0020000102030405060708090a0b0c0d0e0f101112
                131415161718191a1b1c1d1e1f00000000000000
                """)
        },
    ].compactMap { $0 }

    static let providerMessage = [GoldenLayout(ProviderMessage(endsAt: moment), "010000018bcfe5687b")]
}
