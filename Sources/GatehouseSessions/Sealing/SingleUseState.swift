internal import GatehouseCore

/// Where a record behind a secret that is used once stands.
enum SingleUseState {
    case open
    /// Somebody is about to use it, or has.
    case claimed

    /// What a record in this state is sealed for.
    ///
    /// The state is no part of the content: a record in one state does not open as one in the other. Keys have no zero octet, so
    /// that a name is of one key and of one state only.
    func name(of key: RecordKey) -> [UInt8] {
        switch self {
        case .open: key.bytes
        case .claimed: key.bytes + [0] + Array("claimed".utf8)
        }
    }
}
