import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("The form and the header of a token")
struct SignedTokenTests {
    static let wrong: [WrongToken] =
        ["crit", "jku", "jwk", "x5u", "zip", "b64"].flatMap {
            [WrongToken.header($0, "\"https://evil.example\"", .header), .header($0, "null", .header)]
        } + [
            WrongToken("a header that is no JSON", .header) { $0.headerText = "alg" },
            WrongToken("a header that is a list", .header) { $0.headerText = "[\"ES256\"]" },
            WrongToken("a header with a member twice", .header) {
                $0.headerText = "{\"alg\":\"ES256\",\"alg\":\"ES256\"}"
            },
            .header("kid", "1", .header), .header("kid", "null", .header),
            .header("kid", "\"\(String(repeating: "k", count: 257))\"", .header), .header("alg", nil, .algorithm),
            .header("alg", "\"none\"", .algorithm), .header("alg", "\"HS256\"", .algorithm),
            .header("alg", "\"es256\"", .algorithm), .header("alg", "\"ES384\"", .algorithm),
            .header("alg", "\"\"", .algorithm), .header("alg", "256", .algorithm),
            .header("alg", "[\"ES256\"]", .algorithm),
            .header("typ", "1", .type), .header("typ", "null", .type),
        ]

    @Test("are refused if only this is wrong", arguments: wrong)
    func refused(row: WrongToken) throws {
        var token = TestToken.good
        row.change(&token)
        let octets = try token.octets
        #expect(refusal { try SignedToken(parsing: octets, algorithms: [.es256, .rs256]) } == row.code)
    }

    @Test("are three parts of base64url without padding")
    func form() throws {
        let good = String(decoding: try TestToken.good.octets, as: UTF8.self)
        let parts = good.split(separator: ".").map(String.init)
        func code(_ text: String) -> ProviderRefusal.Code? {
            refusal { try SignedToken(parsing: Array(text.utf8), algorithms: [.es256]) }
        }
        #expect(code(good) == nil)
        for wrong in [
            "", ".", "..", "...", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", ".\(parts[1]).\(parts[2])",
            "\(parts[0])..\(parts[2])", "\(good).", "\(good).a.b", ".\(good)", "\(good)=", "\(good)==", "\(good)\n",
            " \(good)", "\(parts[0])=.\(parts[1]).\(parts[2])",
            good.replacing(parts[2], with: "+" + parts[2].dropFirst()),
            good.replacing(parts[2], with: "/" + parts[2].dropFirst()), good + "AAA",
        ] { #expect(code(wrong) == .form, "\(wrong)") }
    }

    @Test("are at most 64 KiB")
    func length() throws {
        var token = TestToken.good
        token.claims["pad"] = "\"\""
        let room = SignedToken.maxLength - (try token.octets).count
        token.claims["pad"] = "\"\(String(repeating: "a", count: room * 3 / 4 - 2))\""
        let octets = try token.octets
        #expect(octets.count <= SignedToken.maxLength && octets.count > SignedToken.maxLength - 8)
        #expect(refusal { try SignedToken(parsing: octets, algorithms: [.es256]) } == nil)
        token.claims["pad"] = "\"\(String(repeating: "a", count: room * 3 / 4 + 4))\""
        let longer = try token.octets
        #expect(longer.count > SignedToken.maxLength)
        #expect(refusal { try SignedToken(parsing: longer, algorithms: [.es256]) } == .form)
    }

    @Test("may name certificates, which are not looked at")
    func certificates() throws {
        var token = TestToken.good
        token.header["x5t"] = "\"AAAA\""
        token.header["x5t#S256"] = "\"AAAA\""
        token.header["x5c"] = "[\"AAAA\"]"
        token.header["kid"] = "\"\(String(repeating: "k", count: 256))\""
        let read = try SignedToken(parsing: token.octets, algorithms: [.es256])
        #expect(read.keyID?.bytes.count == 256)
        #expect(read.type == "JWT")
    }

    @Test("say of a keyed hash what to do")
    func keyedHash() throws {
        var token = TestToken.good
        token.header["alg"] = "\"HS256\""
        let octets = try token.octets
        #expect {
            try SignedToken(parsing: octets, algorithms: [.rs256])
        } throws: {
            "\($0)"
                == "the token is signed with \"HS256\", expected RS256; choose a signing key for this client at the provider"
        }
    }
}
