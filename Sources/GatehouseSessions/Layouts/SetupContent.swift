package import GatehouseCore

/// What the secret for making the first administrator stands for: nothing but the time until then.
package struct SetupContent: SingleUseContent {
    package let endsAt: Timestamp

    package init(endsAt: Timestamp) { self.endsAt = endsAt }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, SetupContent.versions), let endsAt = reader.timestamp(),
            reader.isFinished
        else { return nil }
        self.init(endsAt: endsAt)
    }
}
