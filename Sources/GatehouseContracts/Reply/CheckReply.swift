package import GatehouseCore

/// What a proxy is told, before it becomes bytes.
package struct CheckReply: Equatable, Sendable {
    /// The bodies that some proxies relay to the client.
    package enum Page: Sendable {
        case none
        case deniedHTML
        case deniedJSON
        /// For a host that no application has: nobody gets in there, whoever it is.
        case unknownHostHTML
        case unavailableHTML
        case unavailableJSON

        static func denied(_ reason: Trace.Reason, acceptsHTML: Bool) -> Page {
            guard acceptsHTML else { return .deniedJSON }
            switch reason {
            case .unknownHost, .unknownApplication, .pinnedHost: return .unknownHostHTML
            case .conditionMet, .conditionNotMet, .notSignedIn, .signedInTooLongAgo, .denied, .outsideHours,
                .unknownAddress, .noRule, .ambiguousPath,
                .foreignOrigin, .foreignUpgrade, .headerAlias, .preflight, .storeUnavailable:
                return .deniedHTML
            }
        }

        /// The lines about the body; empty if there is none.
        fileprivate var headers: [UInt8] {
            switch self {
            case .none: []
            case .deniedHTML, .unknownHostHTML, .unavailableHTML:
                "Content-Type: text/html; charset=utf-8\r\n".utf8 + CheckReply.pageHeaders
            case .deniedJSON, .unavailableJSON: Array("Content-Type: application/json\r\n".utf8)
            }
        }
    }

    package let status: Int
    /// Where the browser signs in; printable ASCII.
    package let location: [UInt8]?
    package let page: Page
    /// The address to come back to, where it does not fit into `location`, which forgets it.
    ///
    /// Whoever can put it away answers with `returning(by:)`.
    package private(set) var longReturn: LongReturn?

    /// A way back that needs a place of its own.
    package struct LongReturn: Equatable, Sendable {
        package let address: [UInt8]
        fileprivate let within: Duration?
    }

    package init(status: Int, location: [UInt8]? = nil, page: Page = .none) {
        self.status = status
        self.location = location
        self.page = page
    }

    /// 200: the identity headers go with it.
    package static let allowed = CheckReply(status: 200)
    /// 401 for programs, with `WWW-Authenticate`.
    package static let unauthorized = CheckReply(status: 401)
    /// 503: could not find out.
    package static let unavailable = CheckReply(status: 503)

    /// A reply that asks somebody to sign in.
    init(status: Int, _ challenge: LoginAddress.Challenge) {
        let (location, long) = challenge.location
        self.init(status: status, location: location)
        longReturn = long.map { LongReturn(address: $0, within: challenge.within) }
    }

    /// The same reply with the way back behind a secret that the portal can look up.
    package func returning(by secret: SecretToken, portal: LoginAddress) -> CheckReply {
        guard let longReturn else { return self }
        return CheckReply(
            status: status, location: portal.location(secret: secret, within: longReturn.within), page: page)
    }

    /// Whether the head of an answer with these identity lines stays below a limit.
    package static func fits(identityLines: [UInt8], limit: Int) -> Bool {
        identityLines.count + CheckReply.allowedHead.utf8CodeUnitCount + 32 <= limit
    }

    private static let allowedHead: StaticString =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\nVary: Cookie\r\n"

    /// The bytes of the answer up to the end of its header lines, without `Connection` and without the empty line.
    ///
    /// - Parameters:
    ///   - identityLines: for status 200 only.
    ///   - body: the page's bytes.
    /// - Returns: the status line and the header lines.
    package func head(identityLines: [UInt8], body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160 + identityLines.count + (location?.count ?? 0))
        if status == 200 {
            bytes += CheckReply.allowedHead.description.utf8
            bytes += identityLines
            return bytes
        }
        bytes += "HTTP/1.1 \(status) \(CheckReply.reason(status))\r\nContent-Length: \(body.count)\r\n".utf8
        bytes += "Cache-Control: no-store\r\nVary: Cookie\r\n".utf8
        if let location {
            bytes += "Location: ".utf8
            bytes += location
            bytes += "\r\n".utf8
        } else if status == 401 {
            bytes += "WWW-Authenticate: Session realm=\"gatehouse\"\r\n".utf8
        } else if status == 503 {
            bytes += "Retry-After: 2\r\n".utf8
        }
        bytes += page.headers
        return bytes
    }

    private static let pageHeaders = Array(
        """
        Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'\r
        X-Content-Type-Options: nosniff\r
        Referrer-Policy: same-origin\r

        """.utf8)

    private static func reason(_ status: Int) -> StaticString {
        switch status {
        case 302: "Found"
        case 303: "See Other"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Error"
        }
    }
}
