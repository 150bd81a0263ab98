private import COpenSSL
private import GatehouseCore

/// The keys that seal stored records: the first one writes, all of them read.
package struct SealKeyRing: Sendable, CustomStringConvertible, CustomReflectable {
    /// One key of a ring.
    package struct Key: Sendable, CustomStringConvertible, CustomReflectable {
        /// 1 to 255; stands in every value that the key sealed.
        package let id: UInt8
        fileprivate let secret: [UInt8]

        /// The secret must have at least 32 octets: `SealKeyRing` refuses it otherwise.
        package init(id: UInt8, secret: [UInt8]) {
            self.id = id
            self.secret = secret
        }

        package var description: String { "<redacted>" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    private let keys: [Key]

    /// - Parameter keys: the writer first; ids must differ and may not be 0.
    /// - Throws: `CryptoError.unusableKey` for any other ring.
    package init(_ keys: [Key]) throws(CryptoError) {
        guard !keys.isEmpty, Set(keys.map(\.id)).count == keys.count, !keys.contains(where: { $0.id == 0 }) else {
            throw .unusableKey
        }
        var derived: [Key] = []
        for key in keys {
            derived.append(
                Key(id: key.id, secret: try KeyDerivation.key(from: key.secret, purpose: "gatehouse seal v1")))
        }
        self.keys = derived
    }

    /// Makes a sealer for one thread or event loop.
    package func makeSealer() throws(CryptoError) -> RecordSealer {
        try RecordSealer(keys: keys.map { ($0.id, $0.secret) })
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Seals and opens records with AES-256-GCM, the whole key name as associated data.
///
/// A value is: version (1 octet, 1), key id (1), nonce (12, random), ciphertext, tag (16). Not `Sendable`: one per event loop,
/// or one per use elsewhere. Opening a record of some 200 octets costs below a microsecond.
@safe package final class RecordSealer {
    private static let version: UInt8 = 1
    private static let nonceLength = 12
    private static let tagLength = 16
    private static let headLength = 2 + nonceLength

    /// The longest value that is opened.
    package static let maxSealedLength = RecordLimits.valueBytes

    private let keys: [(id: UInt8, secret: [UInt8])]
    private let context: OpaquePointer
    private let cipher: OpaquePointer

    init(keys: [(id: UInt8, secret: [UInt8])]) throws(CryptoError) {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            throw .openSSL(code: ERR_get_error())
        }
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            unsafe EVP_CIPHER_free(cipher)
            throw .openSSL(code: ERR_get_error())
        }
        self.keys = keys
        unsafe self.cipher = cipher
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
        unsafe EVP_CIPHER_free(cipher)
    }

    /// Seals `plain` for the place `name`; opened under another name it is nothing.
    package func seal(_ plain: [UInt8], name: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard let key = keys.first else { throw .unusableKey }
        let nonce = try SystemRandom.octets(RecordSealer.nonceLength)
        var sealed = [RecordSealer.version, key.id] + nonce
        let textStart = sealed.count
        sealed += [UInt8](repeating: 0, count: plain.count + RecordSealer.tagLength)
        let done = unsafe sealed.withUnsafeMutableBufferPointer { out -> Bool in
            guard let base = out.baseAddress,
                unsafe start(key.secret, nonce: base + 2, encrypting: true), associate(name)
            else { return false }
            var length: Int32 = 0
            let updated = unsafe plain.withUnsafeBufferPointer {
                unsafe EVP_CipherUpdate(context, base + textStart, &length, $0.baseAddress, Int32(clamping: $0.count))
            }
            guard updated == 1, Int(length) == plain.count else { return false }
            guard unsafe EVP_CipherFinal_ex(context, base + textStart + plain.count, &length) == 1 else { return false }
            return unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, Int32(RecordSealer.tagLength), base + textStart + plain.count) == 1
        }
        guard done else { throw .openSSL(code: ERR_get_error()) }
        return sealed
    }

    /// Opens a value; `nil` if it was altered, moved from another name, or sealed by a key that is not in the ring.
    package func open(_ sealed: [UInt8], name: [UInt8]) -> [UInt8]? {
        let overhead = RecordSealer.headLength + RecordSealer.tagLength
        guard sealed.count >= overhead, sealed.count <= RecordSealer.maxSealedLength, sealed[0] == RecordSealer.version,
            let key = keys.first(where: { $0.id == sealed[1] })
        else { return nil }
        let count = sealed.count - overhead
        var plain = [UInt8](repeating: 0, count: count)
        let done = unsafe sealed.withUnsafeBufferPointer { sealed -> Bool in
            guard let base = sealed.baseAddress,
                unsafe start(key.secret, nonce: base + 2, encrypting: false), associate(name)
            else { return false }
            return unsafe plain.withUnsafeMutableBufferPointer { out -> Bool in
                var length: Int32 = 0
                let data = unsafe base + RecordSealer.headLength
                guard unsafe EVP_CipherUpdate(context, out.baseAddress, &length, data, Int32(clamping: count)) == 1,
                    Int(length) == count
                else { return false }
                let tag = unsafe UnsafeMutableRawPointer(mutating: data + count)
                guard
                    unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(RecordSealer.tagLength), tag) == 1
                else { return false }
                var rest: UInt8 = 0
                return unsafe EVP_CipherFinal_ex(context, &rest, &length) == 1
            }
        }
        guard done else {
            ERR_clear_error()
            return nil
        }
        return plain
    }

    private func start(_ secret: [UInt8], nonce: UnsafePointer<UInt8>, encrypting: Bool) -> Bool {
        unsafe secret.withUnsafeBufferPointer {
            unsafe EVP_CipherInit_ex2(context, cipher, $0.baseAddress, nonce, encrypting ? 1 : 0, nil) == 1
        }
    }

    private func associate(_ name: [UInt8]) -> Bool {
        var length: Int32 = 0
        return unsafe name.withUnsafeBufferPointer {
            unsafe EVP_CipherUpdate(context, nil, &length, $0.baseAddress, Int32(clamping: $0.count)) == 1
        }
    }
}
