internal import GatehouseCore

/// The address of the login page, from the configuration only.
package struct LoginAddress: Sendable {
    /// The address up to its query: `https://auth.example.com/login?`.
    private let prefix: [UInt8]
    /// The longest `Location`; beyond it the way back needs a place of its own.
    private let maxLength: Int

    /// The longest `Location` that the login page can be asked for: nginx takes request lines of 8 KiB.
    package static let mostLength = 7_168

    /// - Parameters:
    ///   - portal: the portal's URL without a slash at the end, e.g. `https://app.example.com/_gatehouse`.
    ///   - maxLength: how many octets of the answer's head may be the `Location`.
    package init(portal: String, maxLength: Int = 3_328) {
        prefix = Array("\(portal)/login?".utf8)
        self.maxLength = min(maxLength, LoginAddress.mostLength)
    }

    /// Somebody who has to sign in, or to sign in again.
    struct Challenge {
        let portal: LoginAddress
        let request: OriginalRequest
        let application: Application?
        /// How recent a sign-in has to be, of somebody who is signed in for too long; `nil` for everybody else.
        let within: Duration?

        /// Where a browser signs in, and with it the address to come back to if that did not fit.
        ///
        /// The way back is the whole original URL, or the start page after anything but reading.
        var location: (location: [UInt8], long: [UInt8]?) {
            guard let application else { return (portal.location(to: [], within: within), nil) }
            let start = Array("\(application.origin(of: request.authority))/".utf8)
            guard request.method.isRead else { return (portal.location(to: start, within: within), nil) }
            var whole = start.dropLast() + request.target.path
            if let query = request.target.query {
                whole.append(UInt8(ascii: "?"))
                whole += query
            }
            let location = portal.location(to: Array(whole), within: within)
            if location.count <= portal.maxLength { return (location, nil) }
            let isPossible = whole.count <= ReturnAddress.maxLength
            return (portal.location(to: start, within: within), isPossible ? Array(whole) : nil)
        }
    }

    /// The login page with a way back that it looks up.
    func location(secret: SecretToken, within: Duration?) -> [UInt8] {
        query(within) + Array("rk=\(secret.text)".utf8)
    }

    private func location(to address: [UInt8], within: Duration?) -> [UInt8] {
        var text = query(within)
        text.reserveCapacity(text.count + 3 * address.count + 3)
        text += "rd=".utf8
        ASCII.appendPercentEncoded(address, to: &text)
        return text
    }

    /// The form is wanted although the person is signed in; a provider is told how recent the new sign-in has to be.
    private func query(_ within: Duration?) -> [UInt8] {
        guard let within else { return prefix }
        return prefix + Array("switch=1&within=\(max(within.components.seconds, 0))&".utf8)
    }
}
