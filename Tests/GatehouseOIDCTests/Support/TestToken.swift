import GatehouseCore
import Testing
@testable import GatehouseOIDC

/// A token that a test makes: header and claims as JSON texts, signed with the key of `Vectors/signer.pem`.
struct TestToken {
    var header: [String: String]
    var claims: [String: String]
    /// What stands in the place of the header, or of the claims.
    var headerText: String?
    var claimsText: String?

    static let now = Timestamp(milliseconds: 1_795_742_890_000)
    static let nonce = SecretToken(octets: [UInt8](repeating: 7, count: 32))
    static let accessToken: UTF8Text = "an-access-token"
    /// The left half of its SHA-256.
    static let accessTokenHash = "YiHPD2T9DaX5B837XJXtow"

    static func seconds(_ offset: Int) -> String { "\(now.milliseconds / 1_000 + Int64(offset))" }

    /// An ID token that nothing is wrong with.
    static var good: TestToken {
        TestToken(
            header: ["alg": "\"ES256\"", "typ": "\"JWT\"", "kid": "\"signer\""],
            claims: [
                "iss": "\"https://id.example\"", "aud": "\"gatehouse\"", "sub": "\"248289761001\"",
                "iat": seconds(-5), "exp": seconds(600), "nonce": "\"\(nonce?.text ?? "")\"",
            ])
    }

    /// A logout token that nothing is wrong with.
    static var goodLogout: TestToken {
        TestToken(
            header: ["alg": "\"ES256\"", "typ": "\"logout+jwt\"", "kid": "\"signer\""],
            claims: [
                "iss": "\"https://id.example\"", "aud": "\"gatehouse\"", "sub": "\"248289761001\"",
                "sid": "\"a-session\"", "iat": seconds(-5), "exp": seconds(60), "jti": "\"an-id\"",
                "events": "{\"http://schemas.openid.net/event/backchannel-logout\":{}}",
            ])
    }

    /// The parts before the signature.
    var signedOctets: [UInt8] {
        let header = headerText ?? TestToken.object(header)
        let claims = claimsText ?? TestToken.object(claims)
        return Base64URL.encode(Array(header.utf8)) + [UInt8(ascii: ".")] + Base64URL.encode(Array(claims.utf8))
    }

    /// The whole token.
    var octets: [UInt8] {
        get throws {
            let signature = try P256Signature.make(
                over: signedOctets, pem: SecretOctets(Vector.file("signer.pem")))
            return signedOctets + [UInt8(ascii: ".")] + Base64URL.encode(signature)
        }
    }

    /// The set with the key that it is signed with, and others.
    static func keys(_ others: String...) throws -> KeySet {
        let own = String(decoding: try Vector.file("signer.json"), as: UTF8.self)
        return try KeySet(parsing: Array("{\"keys\":[\(([own] + others).joined(separator: ","))]}".utf8))
    }

    private static func object(_ members: [String: String]) -> String {
        "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }
}

/// A token in which only one thing is wrong, and the reason it is refused for.
struct WrongToken: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: ProviderRefusal.Code
    let change: @Sendable (inout TestToken) -> Void

    init(_ what: String, _ code: ProviderRefusal.Code, _ change: @escaping @Sendable (inout TestToken) -> Void) {
        testDescription = what
        self.code = code
        self.change = change
    }

    /// A claim that has another value, or none.
    static func claim(_ name: String, _ value: String?, _ code: ProviderRefusal.Code) -> WrongToken {
        WrongToken("\(name): \((value ?? "none").prefix(60))", code) { $0.claims[name] = value }
    }

    /// A member of the header that has another value, or none.
    static func header(_ name: String, _ value: String?, _ code: ProviderRefusal.Code) -> WrongToken {
        WrongToken("\(name) in the header: \((value ?? "none").prefix(60))", code) { $0.header[name] = value }
    }
}

/// The reason that something is refused for; `nil` if it is not.
func refusal<Value>(_ body: () throws -> Value) -> ProviderRefusal.Code? {
    do {
        _ = try body()
        return nil
    } catch { return (error as? ProviderRefusal)?.code }
}

/// The octets that base64url spells.
func decoded(_ text: some Sequence<UInt8>) -> [UInt8]? { Base64URL.decode(Array(text).span) }
