package import GatehouseCore

/// That a message of a provider was taken: a second one like it is refused until it could not pass any more.
package struct ProviderMessage: SingleUseContent {
    package let endsAt: Timestamp

    package init(endsAt: Timestamp) { self.endsAt = endsAt }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, ProviderMessage.versions), let endsAt = reader.timestamp(),
            reader.isFinished
        else { return nil }
        self.init(endsAt: endsAt)
    }
}
