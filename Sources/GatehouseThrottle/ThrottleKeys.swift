internal import GatehouseCore
internal import GatehouseCrypto

/// The names of counters: `gh:t:{…}:…`, in which names, addresses and devices stand as keyed hashes only.
///
/// What stands in braces decides about the slot of a cluster: the counters of one name are together, and so are those of one
/// address.
struct ThrottleKeys: Sendable {
    let lookup: LookupKey
    let prefix: String

    func id(_ octets: [UInt8]) throws(CryptoError) -> Octets16 {
        try lookup.makeHasher().id(of: octets, kind: .throttle)
    }

    /// What a counter of a name counts.
    enum NameScope {
        case everywhere
        case from(Octets16)
        case device(Octets16)
        case devices
        case mails
        case newPasswords
        /// No counter: the people whom the name turned out to mean.
        case persons
    }

    func key(ofName id: Octets16, _ scope: NameScope) -> RecordKey {
        var bytes = tagged(id)
        switch scope {
        case .everywhere: bytes += ":a".utf8
        case .mails: bytes += ":m".utf8
        case .newPasswords: bytes += ":w".utf8
        case .persons: bytes += ":o".utf8
        case .devices: bytes += ":k".utf8
        case .from(let block):
            bytes += ":p:".utf8
            block.appendBase64URL(to: &bytes)
        case .device(let device):
            bytes += ":d:".utf8
            device.appendBase64URL(to: &bytes)
        }
        return RecordKey(bytes)
    }

    /// What a counter of addresses counts: sign-ins with unknown browsers, with known ones, mails, sign-ins that were begun at
    /// a provider, or messages of providers.
    enum BlockScope: String, CaseIterable {
        case strangers = ":b"
        case devices = ":g"
        case mails = ":n"
        case starts = ":s"
        case messages = ":v"
    }

    func key(ofBlock id: Octets16, _ scope: BlockScope) -> RecordKey {
        RecordKey(tagged(id) + Array(scope.rawValue.utf8))
    }

    /// The set of what was refused lately.
    var refused: RecordKey { RecordKey(Array("\(prefix)\(SecretKind.throttle.rawValue):refused".utf8)) }

    private func tagged(_ id: Octets16) -> [UInt8] {
        var bytes = Array("\(prefix)\(SecretKind.throttle.rawValue):{".utf8)
        id.appendBase64URL(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
