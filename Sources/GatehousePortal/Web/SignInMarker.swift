internal import GatehouseCore

/// What a browser shows of a sign-in within the last minute.
struct SignInMarker: Sendable {
    /// The beginning of the session's id.
    private let session: [UInt8]?
    let hasSecureOne: Bool

    init(plain: [UInt8]?, secure: [UInt8]?) {
        let text = plain ?? secure ?? []
        session = text.isEmpty ? nil : text
        hasSecureOne = secure?.isEmpty == false
    }

    var isThere: Bool { session != nil }

    func isOf(_ id: SessionID) -> Bool { session?.elementsEqual(id.description.utf8) ?? false }
}
