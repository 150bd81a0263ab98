/// A request to a provider.
package struct ProviderRequest: Sendable {
    package enum Body: Sendable {
        case none
        /// `application/x-www-form-urlencoded`, encoded already; holds secrets.
        case form([UInt8])
    }

    package let url: String
    package let body: Body
    /// Values may be secret: they are never logged.
    package let headers: [(name: String, value: String)]
    package let caFile: String?
    package let timeout: Duration
    /// The most octets of an answer.
    package let limit: Int

    package init(
        url: String, body: Body = .none, headers: [(name: String, value: String)] = [], caFile: String?,
        timeout: Duration, limit: Int
    ) {
        self.url = url
        self.body = body
        self.headers = headers
        self.caFile = caFile
        self.timeout = timeout
        self.limit = limit
    }
}

/// A provider's answer, whatever its status; a redirect is one, too: none is followed.
package struct ProviderResponse: Sendable {
    package let status: Int
    /// Whole.
    package let contentType: String
    /// Names in lower case; at least `cache-control`, `retry-after`, `www-authenticate`, `link` and `location` are there if they were sent.
    package let headers: [String: String]
    package let body: [UInt8]

    package init(status: Int, contentType: String, headers: [String: String] = [:], body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

/// The network to one provider: blocks none of the caller's threads, follows no redirect, uses no proxy unless told.
package protocol ProviderTransport: Sendable {
    func answer(to request: ProviderRequest) async throws(ProviderTransportError) -> ProviderResponse
}

/// There is no answer.
package struct ProviderTransportError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    /// Whether the provider may have been told anything.
    package let wasSent: Bool
    /// Whether it is for want of room here, and says nothing about the provider.
    package let isOwn: Bool

    package init(reason: String, wasSent: Bool, isOwn: Bool = false) {
        self.reason = reason
        self.wasSent = wasSent
        self.isOwn = isOwn
    }

    package var description: String { reason }
}
