package import GatehouseCore

/// An address to come back to that is too long for the head of an answer: it waits in the store behind a short secret.
package struct ReturnRecord: SingleUseContent {
    /// As the client sent it, not yet judged as a return address.
    package let address: [UInt8]
    package let endsAt: Timestamp

    /// How long somebody may take to sign in before the way back is forgotten.
    package static let lifetime = Duration.seconds(1_800)

    package init(address: [UInt8], endsAt: Timestamp) {
        self.address = address
        self.endsAt = endsAt
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        writer.write(endsAt)
        try writer.write(octets: address)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, ReturnRecord.versions), let endsAt = reader.timestamp(),
            let address = reader.octets(), reader.isFinished
        else { return nil }
        self.init(address: address, endsAt: endsAt)
    }
}
