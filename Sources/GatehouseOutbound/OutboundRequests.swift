private import CCurl
internal import GatehouseCore

/// A server that takes mails.
package struct SMTPServer: Sendable {
    /// `smtp://host:587` or `smtps://host:465`.
    package let url: String
    /// Whether the connection has to be encrypted by STARTTLS (RFC 3207) before anything is said.
    package let startsTLS: Bool
    /// What Gatehouse calls itself when it greets the server: a name, or an address in brackets; `nil` for the machine's name.
    package let helo: String?
    package let username: String?
    package let password: String?
    package let caFile: String?
    package let timeout: Duration

    package init(
        url: String, startsTLS: Bool, helo: String? = nil, username: String? = nil, password: String? = nil,
        caFile: String? = nil,
        timeout: Duration = .seconds(15)
    ) {
        self.url = url
        self.startsTLS = startsTLS
        self.helo = helo
        self.username = username
        self.password = password
        self.caFile = caFile
        self.timeout = timeout
    }

    var limits: HTTPLimits { HTTPLimits(connect: timeout, total: timeout, answer: 65_536) }

    /// The address with the name behind it, which is where libcurl looks for it.
    var greetingURL: String {
        guard let helo else { return url }
        var path: [UInt8] = []
        ASCII.appendPercentEncoded(helo.utf8, to: &path)
        return "\(url)/\(String(decoding: path, as: UTF8.self))"
    }
}

/// A mail with its envelope.
package struct SMTPMail: Sendable {
    package let from: String
    package let recipient: String
    /// The whole message (RFC 5322), with CR LF at the end of each line; dots are doubled on the way.
    package let message: [UInt8]

    package init(from: String, recipient: String, message: [UInt8]) {
        self.from = from
        self.recipient = recipient
        self.message = message
    }

    /// Whether a text can be an address of an envelope: one `@` with something on both sides, nothing that means something to
    /// the protocol, and other octets than ASCII's only before the `@`: domains travel in A-labels.
    static func isAddress(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        guard octets.count <= 254, octets.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"<>,;:\"()[]\\".utf8.contains($0) })
        else { return false }
        let parts = octets.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && parts[0].count <= 64
            && parts[1].allSatisfy { $0 < 0x80 }
    }

    /// Whether an address has other octets than ASCII's.
    var needsUTF8: Bool { (from + recipient).utf8.contains { $0 >= 0x80 } }
}

/// A request to another machine brought nothing.
package enum OutboundError: Error, Equatable, CustomStringConvertible {
    /// libcurl is not installed.
    case libraryMissing
    /// In libcurl's words, or ours; never with a secret or a part of an answer in it.
    case failed(reason: String)
    /// The same, and nothing was sent: nobody was there, or did not prove to be who is meant.
    case unreached(reason: String)
    /// A mail server said no for good (RFC 5321, section 4.2.1: 5yz).
    case refused(reason: String)

    package var description: String { reason }

    package var reason: String {
        switch self {
        case .libraryMissing: unsafe String(cString: gatehouse_curl_missing())
        case .failed(let reason), .unreached(let reason), .refused(let reason): reason
        }
    }

    /// Whether the other side may have been told anything.
    package var wasSent: Bool {
        switch self {
        case .libraryMissing, .unreached: false
        case .failed, .refused: true
        }
    }
}
