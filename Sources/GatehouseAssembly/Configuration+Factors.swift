package import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
package import GatehouseDatabase
internal import GatehouseTerminal

extension Configuration {
    /// Seals second factors under `keys.seal`, each for its person alone: a row that is copied to another one opens nothing.
    ///
    /// - Throws: `Failure.usage` if the keys cannot be used.
    package var factorSeal: FactorSeal {
        get throws(Failure) {
            let ring: SealKeyRing
            do throws(CryptoError) {
                ring = try SealKeyRing(keys.seal.map { SealKeyRing.Key(id: $0.id, secret: $0.secret.octets) })
            } catch {
                throw .usage("keys.seal: \(error)")
            }
            return { factor, user throws(DatabaseError) in
                do throws(CryptoError) {
                    let name = Array("gatehouse_pending_factor\0\(user)".utf8)
                    let sealed = try ring.makeSealer().seal(Array(factor.uri.utf8), name: name)
                    return String(decoding: Base64URL.encode(sealed), as: UTF8.self)
                } catch {
                    throw .failed(reason: "a second factor could not be sealed: \(error)")
                }
            }
        }
    }
}
