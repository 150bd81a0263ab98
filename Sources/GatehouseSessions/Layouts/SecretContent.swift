package import GatehouseCore

/// What a secret that is about one account stands for.
package struct SecretContent: SingleUseContent {
    package let user: UserReference
    package let name: UserName
    /// A digest of everything about the account that must not have changed meanwhile.
    package let state: Octets16?
    package let isRemembered: Bool
    /// Where the person wanted to go; empty for nowhere.
    package let destination: UTF8Text
    package let endsAt: Timestamp

    package init(
        user: UserReference, name: UserName, state: Octets16?, isRemembered: Bool = false, destination: UTF8Text = "",
        endsAt: Timestamp
    ) {
        self.user = user
        self.name = name
        self.state = state
        self.isRemembered = isRemembered
        self.destination = destination
        self.endsAt = endsAt
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        try writer.write(user.backend.text)
        try writer.write(user.id)
        try writer.write(name.text)
        writer.write(state)
        writer.write(isRemembered)
        try writer.write(destination)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, SecretContent.versions), let endsAt = reader.timestamp(),
            let backend = reader.text(), let id = reader.text(), let name = reader.text(),
            let state = reader.credential(), let isRemembered = reader.flag(), let destination = reader.text(),
            reader.isFinished
        else { return nil }
        self.init(
            user: UserReference(backend: BackendName(backend), id: id), name: UserName(name), state: state.value,
            isRemembered: isRemembered, destination: destination, endsAt: endsAt)
    }
}
