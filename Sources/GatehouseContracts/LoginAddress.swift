internal import GatehouseCore

/// The address of the login page, from the configuration only.
package struct LoginAddress: Sendable {
    /// The address up to the return parameter's value: `https://auth.example.com/login?rd=`.
    private let prefix: [UInt8]
    /// The same for somebody who is signed in and has to sign in again.
    private let prefixForAgain: [UInt8]

    /// The longest `Location`; beyond it only the origin is remembered.
    package static let maxLength = 2_048

    /// - Parameter portal: the portal's URL without a slash at the end, e.g. `https://app.example.com/_gatehouse`.
    package init(portal: String) {
        prefix = Array("\(portal)/login?rd=".utf8)
        prefixForAgain = Array("\(portal)/login?switch=1&rd=".utf8)
    }

    /// Where a browser signs in and comes back to: the whole original URL, or the start page after anything but reading.
    ///
    /// `again` asks for the form although the person is signed in.
    func location(for request: OriginalRequest, again: Bool = false) -> [UInt8] {
        let prefix = again ? prefixForAgain : prefix
        let origin = Array(request.origin.description.utf8)
        guard request.method.isRead else { return location(prefix, origin, path: [UInt8(ascii: "/")], query: nil) }
        let whole = location(prefix, origin, path: request.target.path, query: request.target.query)
        guard whole.count <= LoginAddress.maxLength else {
            return location(prefix, origin, path: [UInt8(ascii: "/")], query: nil)
        }
        return whole
    }

    private func location(_ prefix: [UInt8], _ origin: [UInt8], path: [UInt8], query: [UInt8]?) -> [UInt8] {
        var text = prefix
        text.reserveCapacity(prefix.count + origin.count + path.count + (query?.count ?? 0) + 64)
        ASCII.appendPercentEncoded(origin, to: &text)
        ASCII.appendPercentEncoded(path, to: &text)
        if let query {
            ASCII.appendPercentEncoded(UInt8(ascii: "?"), to: &text)
            ASCII.appendPercentEncoded(query, to: &text)
        }
        return text
    }
}
