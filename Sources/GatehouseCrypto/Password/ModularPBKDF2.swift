internal import GatehouseCore

/// `$pbkdf2-sha512$310000$salt$digest` of passlib and Authelia; salt and digest are adapted base64.
struct ModularPBKDF2 {
    private let function: PBKDF2.Function
    private let iterations: Int
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Takes the parts behind the name.
    init(
        _ function: PBKDF2.Function, _ parts: ArraySlice<[UInt8]>, _ limits: VerifyLimits
    ) throws(HashRefusal) {
        let parts = Array(parts)
        guard parts.count == 3 else {
            throw .malformed("PBKDF2 with \(parts.count < 3 ? "a piece missing" : "a piece too many")")
        }
        iterations = try EncodedHash.number(parts[0], "the number of PBKDF2's iterations")
        guard iterations > 0 else { throw .malformed("PBKDF2 has no iterations") }
        try limits.check(.pbkdf2Iterations(iterations))
        guard let salt = EncodedHash.adaptedBase64(parts[1]), !salt.isEmpty else {
            throw .malformed("PBKDF2's salt is no base64")
        }
        // passlib and Authelia write whole digests; an import keeps the first 33 octets of one that a column has no room for.
        guard let key = EncodedHash.adaptedBase64(parts[2]),
            key.count == function.length || function.length > 33 && key.count == 33
        else {
            throw .malformed("PBKDF2's digest is no base64 of \(function.length) octets")
        }
        self.function = function
        self.salt = salt
        self.key = key
    }

    func matches(_ password: Password) throws(CryptoError) -> Bool {
        let made = try PBKDF2.key(password, salt: salt, iterations: iterations, function, length: key.count)
        return ConstantTime.equal(made, key)
    }
}
