package import GatehouseCore

/// The name of a provider in the configuration: `[a-z][a-z0-9-]{0,31}`; it stands in addresses, and never in the table of links.
package struct ProviderName: Hashable, Sendable, CustomStringConvertible {
    package let text: UTF8Text

    /// - Returns: `nil` for anything but such a name.
    package init?(_ text: UTF8Text) {
        guard let first = text.bytes.first, ASCII.isLower(first), text.bytes.count <= 32,
            text.bytes.allSatisfy({ ASCII.isLower($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = text
    }

    package var description: String { text.string }
}
