/// Octets that must never show: a key or a password.
package struct SecretOctets: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let octets: [UInt8]

    package init(_ octets: [UInt8]) { self.octets = octets }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
