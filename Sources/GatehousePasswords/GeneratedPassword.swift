/// A password that somebody reads to somebody else: groups of small letters and digits, without those that look alike.
package struct GeneratedPassword: Equatable, Sendable {
    package let text: String

    /// The octets that a group takes, which are its letters, too: five bits in each.
    package static let groupLength = 5
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")

    /// - Parameter octets: random; twenty make a password of 100 bits, like `k3vxn-8qmtr-2hwpa-zc6ed`.
    package init(octets: [UInt8]) {
        var text = ""
        for (index, octet) in octets.enumerated() {
            if index > 0, index.isMultiple(of: GeneratedPassword.groupLength) { text += "-" }
            text.append(GeneratedPassword.alphabet[Int(octet & 31)])
        }
        self.text = text
    }
}
