import GatehouseCore
import GatehouseFormats
import Testing

@testable import GatehouseOIDC

@Suite("A provider's key set")
struct KeySetTests {
    private func keys(_ text: String) throws -> KeySet { try KeySet(parsing: Array(text.utf8)) }

    private func key(_ algorithm: String, _ changes: [String: String?] = [:]) throws -> String {
        var key = try #require(Vector.load("made.json").first { $0.algorithm == algorithm }).key
        for (name, value) in changes { key[name] = value }
        return JSONText.object(key)
    }

    /// How many of a set's keys are taken: this one, beside one that nothing is wrong with.
    private func isTaken(_ key: String) throws -> Bool {
        let good = try self.key("EdDSA", ["kid": "good"])
        return try keys("{\"keys\":[\(good),\(key)]}").keys.count == 2
    }

    @Test(
        "is refused unless it is one",
        arguments: [
            "", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1,\"a\",null]}",
            "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "{\"keys\":[],\"keys\":[]}",
        ])
    func noSet(text: String) { #expect(refusal { try keys(text) } == .key) }

    @Test("has at most 100 keys and 256 KiB")
    func limits() throws {
        let one = try key("ES256")
        let hundred = [String](repeating: one, count: 100)
        #expect(try keys("{\"keys\":[\(hundred.joined(separator: ","))]}").keys.count == 100)
        #expect(refusal { try keys("{\"keys\":[\((hundred + [one]).joined(separator: ","))]}") } == .key)
        let room = KeySet.maxLength - one.utf8.count - 18
        #expect(try keys("{\"a\":\"\(String(repeating: "b", count: room))\",\"keys\":[\(one)]}").keys.count == 1)
        #expect(
            refusal { try keys("{\"a\":\"\(String(repeating: "b", count: room + 1))\",\"keys\":[\(one)]}") } == .key)
    }

    @Test("takes RSA keys of 2048 to 4096 bits with an odd exponent from 3 to 2^32")
    func rsa() throws {
        #expect(try isTaken(key("RS256")))
        #expect(try isTaken(key("RS256", ["e": "Aw"])))
        #expect(try isTaken(key("RS256", ["e": "_____w"])))
        // Leading zeros, which some libraries write.
        #expect(try isTaken(key("RS256", ["e": "AAEAAQ"])))
        for exponent in ["AQ", "Ag", "AQAAAAE", "AAAA", "AQAA", "", "!", nil] {
            #expect(try !isTaken(key("RS256", ["e": exponent])), "\(exponent ?? "none")")
        }
        func modulus(_ first: UInt8, octets: Int) -> String {
            String(decoding: Base64URL.encode([first] + [UInt8](repeating: 0xFF, count: octets - 1)), as: UTF8.self)
        }
        #expect(try isTaken(key("RS256", ["n": modulus(0x80, octets: 256)])))
        #expect(try isTaken(key("RS256", ["n": modulus(0xFF, octets: 512)])))
        #expect(try !isTaken(key("RS256", ["n": modulus(0x7F, octets: 256)])))
        #expect(try !isTaken(key("RS256", ["n": modulus(0x01, octets: 513)])))
        #expect(try !isTaken(key("RS256", ["n": modulus(0xFF, octets: 128)])))
        #expect(try !isTaken(key("RS256", ["n": nil])))
    }

    @Test("takes keys on curves with a point that lies there, written in full", arguments: ["ES256", "ES384", "ES512"])
    func curves(algorithm: String) throws {
        #expect(try isTaken(key(algorithm)))
        let x = try #require(Vector.load("made.json").first { $0.algorithm == algorithm }?.key["x"])
        let octets = try #require(decoded(x.utf8))
        func text(_ octets: [UInt8]) -> String { String(decoding: Base64URL.encode(octets), as: UTF8.self) }
        let moved = octets.dropLast() + [octets[octets.count - 1] ^ 1]
        let wrong: [[String: String?]] = [
            ["x": text(Array(moved))], ["x": text([0] + octets)], ["x": text(Array(octets.dropLast()))], ["x": nil],
            ["y": nil], ["y": text([UInt8](repeating: 0, count: octets.count))], ["crv": "secp256k1"], ["crv": nil],
            ["crv": algorithm == "ES256" ? "P-384" : "P-256"], ["kty": "RSA"], ["kty": "OKP"], ["kty": nil],
        ]
        for change in wrong { #expect(try !isTaken(key(algorithm, change)), "\(change)") }
    }

    @Test("takes Ed25519 keys of 32 octets")
    func ed25519() throws {
        #expect(try isTaken(key("EdDSA")))
        let wrong: [[String: String?]] = [
            ["crv": "X25519"], ["crv": "Ed448"], ["crv": nil], ["x": nil], ["x": "AAAA"],
            ["x": String(repeating: "A", count: 44)], ["kty": "EC"],
        ]
        for change in wrong { #expect(try !isTaken(key("EdDSA", change)), "\(change)") }
    }

    @Test("takes keys for signatures alone")
    func uses() throws {
        #expect(try isTaken(key("ES256", ["use": "sig", "alg": "ES256"])))
        #expect(try isTaken(key("EdDSA", ["alg": "Ed25519"])))
        #expect(try !isTaken(key("ES256", ["use": "enc"])))
        #expect(try !isTaken(key("ES256", ["use": ""])))
        #expect(try !isTaken(key("ES256", ["alg": "HS256"])))
        #expect(try !isTaken(key("ES256", ["alg": ""])))
        #expect(try !isTaken(key("ES256", ["kid": String(repeating: "k", count: 257)])))
        #expect(try isTaken(key("ES256", ["kid": String(repeating: "k", count: 256)])))
        let key = try key("ES256")
        func with(_ member: String) -> String { "\(key.dropLast()),\(member)}" }
        #expect(try isTaken(with("\"key_ops\":[\"verify\"]")))
        #expect(try !isTaken(with("\"key_ops\":[\"sign\"]")))
        #expect(try !isTaken(with("\"key_ops\":\"verify\"")))
        #expect(try !isTaken(with("\"use\":1")))
        #expect(try !isTaken(with("\"alg\":null")))
    }

    @Test("forgets private members")
    func privateMembers() throws {
        let one = try #require(JSONWebKey(try jwk(key("ES256"))))
        let other = try #require(JSONWebKey(try jwk(key("ES256", ["d": "AAAA", "p": "AAAA"]))))
        #expect(one == other)
    }

    @Test("has a key for each algorithm that fits its kind, and no other")
    func fits() throws {
        let kinds: [(String, Set<SignatureAlgorithm>)] = [
            ("RS256", [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]), ("ES256", [.es256]), ("ES384", [.es384]),
            ("ES512", [.es512]), ("EdDSA", [.edDSA]),
        ]
        for (name, algorithms) in kinds {
            let key = try #require(JSONWebKey(try jwk(key(name))))
            #expect(Set(SignatureAlgorithm.allCases.filter(key.fits)) == algorithms)
        }
        let bound = try #require(JSONWebKey(try jwk(key("RS256", ["alg": "PS256"]))))
        #expect(SignatureAlgorithm.allCases.filter(bound.fits) == [.ps256])
    }

    @Test("is asked by the key's name, or for the only key that fits")
    func candidates() throws {
        let set = try keys(
            "{\"keys\":[\(key("ES256", ["kid": "a"])),\(key("ES384", ["kid": "a"])),\(key("RS256", ["kid": "b"])),"
                + "\(key("RS256", ["kid": "c"]))]}")
        #expect(try set.candidates(id: "a", for: .es256).count == 1)
        #expect(try set.candidates(id: nil, for: .es256).count == 1)
        #expect(try set.candidates(id: "b", for: .ps256).map(\.id) == ["b"])
        #expect(refusal { try set.candidates(id: nil, for: .rs256) } == .key)
        #expect(refusal { try set.candidates(id: nil, for: .edDSA) } == .key)
        #expect(refusal { try set.candidates(id: "a", for: .rs256) } == .key)
        #expect(refusal { try set.candidates(id: "A", for: .es256) } == .key)
        #expect(refusal { try set.candidates(id: "", for: .es256) } == .key)
    }

    @Test("tries at most four keys of one name")
    func manyOfOneName() throws {
        let right = try key("ES256", ["kid": "k"])
        let x = try #require(Vector.load("rfc.json").first { $0.source == "RFC 7515, A.3" }).key
        let wrong = JSONText.object(x.merging(["kid": "k"]) { $1 })
        let vector = try #require(Vector.load("made.json").first { $0.algorithm == "ES256" })
        func verify(after count: Int) throws {
            let list = [String](repeating: wrong, count: count) + [right]
            let token = try SignedToken(
                parsing: Array(vector.token.replacing("P-256", with: "k").utf8), algorithms: [.es256])
            let set = try keys("{\"keys\":[\(list.joined(separator: ",").replacing("\"k\"", with: "\"P-256\""))]}")
            try token.verify(with: set)
        }
        try verify(after: 3)
        #expect(refusal { try verify(after: 4) } == .signature)
    }

    private func jwk(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
}
