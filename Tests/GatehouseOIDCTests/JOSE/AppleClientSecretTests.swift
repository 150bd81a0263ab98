import GatehouseCore
import GatehouseCrypto
import GatehouseFormats
import Testing

@testable import GatehouseOIDC

@Suite("A client secret for Apple")
struct AppleClientSecretTests {
    @Test("is a token that the team's key signed for five minutes")
    func token() throws {
        let secret = try AppleClientSecret.make(
            pem: SecretOctets(Vector.file("signer.pem")), keyID: "signer", team: "TEAM",
            clientID: "com.example.gatehouse",
            now: TestToken.now)
        #expect("\(secret)" == "<redacted>")
        let token = try SignedToken(parsing: secret.octets, algorithms: [.es256])
        try token.verify(with: TestToken.keys())
        let claims = try JSONValue(parsing: token.unverifiedPayload)
        #expect(claims["iss"]?.text == "TEAM")
        #expect(claims["sub"]?.text == "com.example.gatehouse")
        #expect(claims["aud"]?.text == "https://appleid.apple.com")
        let issuedAt = try #require(claims["iat"]?.number?.whole)
        #expect(issuedAt == TestToken.now.milliseconds / 1_000)
        #expect(claims["exp"]?.number?.whole == issuedAt + 300)
    }

    /// A key on another curve, made with `openssl ecparam -genkey -name secp384r1`, and one with a password.
    @Test(
        "is not made with what is no key on P-256",
        arguments: [
            "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ])
    func noKey(pem: String) {
        #expect(throws: CryptoError.unusableKey) {
            try AppleClientSecret.make(
                pem: SecretOctets(Array(pem.utf8)), keyID: "k", team: "t", clientID: "c", now: TestToken.now)
        }
    }

    @Test(
        "is not made with a key on another curve, of another kind, or behind a password",
        arguments: ["p384.pem", "ed25519.pem", "password.pem"])
    func otherKeys(name: String) throws {
        let pem = SecretOctets(try Vector.file(name))
        #expect(throws: CryptoError.unusableKey) {
            try AppleClientSecret.make(pem: pem, keyID: "k", team: "t", clientID: "c", now: TestToken.now)
        }
    }
}
