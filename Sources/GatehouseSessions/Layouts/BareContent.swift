package import GatehouseCore

/// What a secret stands for of which nothing has to be known but when it ends.
package protocol BareContent: SingleUseContent {
    init(endsAt: Timestamp)
}

extension BareContent {
    package static var versions: ClosedRange<UInt8> { 1...1 }

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, Self.versions), let endsAt = reader.timestamp(), reader.isFinished
        else { return nil }
        self.init(endsAt: endsAt)
    }
}
