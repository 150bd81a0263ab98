package import GatehouseCore

/// Where a session began: for its owner, who tells sessions apart by it.
///
/// A record of its own beside the session: checks never read it.
package struct SessionOrigin: RecordLayout {
    /// What the browser calls itself; what is longer than `maxAgentLength` octets is left out.
    package let agent: UTF8Text
    /// The client's address; empty if it is not known.
    package let address: UTF8Text

    /// The most octets of a browser's name for itself that are kept.
    package static let maxAgentLength = 512

    package init(agent: UTF8Text, address: UTF8Text) {
        self.agent = agent.bytes.count <= SessionOrigin.maxAgentLength ? agent : ""
        self.address = address
    }

    package static let versions: ClosedRange<UInt8> = 1...1

    package func encoded() throws(SessionError) -> [UInt8] {
        var writer = LayoutWriter(version: 1)
        try writer.write(agent)
        try writer.write(address)
        return writer.bytes
    }

    package init?(decoding bytes: [UInt8]) {
        guard var reader = LayoutReader(bytes, SessionOrigin.versions), let agent = reader.text(),
            let address = reader.text(), reader.isFinished
        else { return nil }
        self.init(agent: agent, address: address)
    }
}
