import GatehouseCore
import Testing

@testable import GatehouseOIDC

@Suite("Signatures of the RFCs, and of another library")
struct SignatureVectorTests {
    @Test("are all there")
    func count() { #expect(Vector.all.count == 24) }

    @Test("are right, or refused", arguments: Vector.all)
    func verify(vector: Vector) throws {
        guard vector.verifies else {
            #expect(throws: ProviderRefusal.self) {
                let keys = try KeySet(parsing: vector.keySet)
                try SignedToken(parsing: Array(vector.token.utf8), algorithms: SignatureAlgorithm.allCases)
                    .verify(with: keys)
            }
            return
        }
        let keys = try KeySet(parsing: vector.keySet)
        let token = try SignedToken(parsing: Array(vector.token.utf8), algorithms: SignatureAlgorithm.allCases)
        try token.verify(with: keys)
        #expect(token.algorithm == SignatureAlgorithm(spelled: UTF8Text(vector.algorithm)))
    }

    /// The last character of a part has spare bits: the one before it is changed.
    @Test("are refused after any change", arguments: Vector.all.filter(\.verifies), [0, 1, 2])
    func changed(vector: Vector, part: Int) throws {
        let keys = try KeySet(parsing: vector.keySet)
        var parts = vector.token.utf8.split(separator: UInt8(ascii: ".")).map(Array.init)
        let index = parts[part].count - 2
        parts[part][index] = parts[part][index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let octets = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        #expect(throws: ProviderRefusal.self) {
            try SignedToken(parsing: octets, algorithms: SignatureAlgorithm.allCases).verify(with: keys)
        }
    }

    @Test("of nothing but zeros, or of another length, are refused", arguments: Vector.all.filter(\.verifies))
    func zeros(vector: Vector) throws {
        let keys = try KeySet(parsing: vector.keySet)
        let parts = vector.token.utf8.split(separator: UInt8(ascii: ".")).map(Array.init)
        let signature = try #require(decoded(parts[2]))
        let zeros = [UInt8](repeating: 0, count: signature.count)
        let ones = [UInt8](repeating: 0xFF, count: signature.count)
        for wrong in [zeros, ones, signature + [0], [0] + signature, Array(signature.dropLast()), [0]] {
            let octets = parts[0] + [UInt8(ascii: ".")] + parts[1] + [UInt8(ascii: ".")] + Base64URL.encode(wrong)
            let token = try SignedToken(parsing: octets, algorithms: SignatureAlgorithm.allCases)
            #expect(refusal { try token.verify(with: keys) } == .signature)
        }
    }

    @Test("of every other key of the same kind are refused")
    func otherKeys() throws {
        let known = Vector.all.filter(\.verifies)
        for one in known {
            for other in known where one.key != other.key && one.key["kty"] == other.key["kty"] {
                var key = other.key
                key["kid"] = one.key["kid"]
                let keys = try KeySet(parsing: Array("{\"keys\":[\(JSONText.object(key))]}".utf8))
                let token = try SignedToken(parsing: Array(one.token.utf8), algorithms: SignatureAlgorithm.allCases)
                #expect(throws: ProviderRefusal.self) { try token.verify(with: keys) }
            }
        }
    }
}

/// Flat objects of texts that need no escapes.
enum JSONText {
    static func object(_ members: [String: String]) -> String {
        "{\(members.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ","))}"
    }
}
