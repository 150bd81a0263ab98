internal import GatehouseCore
internal import GatehouseCrypto

extension SecretToken {
    /// A new secret; `nil` if the system has no randomness to give.
    static func random() -> SecretToken? { (try? SystemRandom.octets(32)).flatMap(SecretToken.init(octets:)) }
}
