internal import GatehouseCore

/// Octets to post over HTTP.
package struct HTTPPost: Sendable {
    package let url: String
    /// Values may be secret: they are never logged.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// The certificates that are trusted, in place of the system's.
    package let caFile: String?
    /// For everything: the name, the connection, and the answer.
    package let timeout: Duration
    /// The most octets of an answer.
    package let maxAnswer: Int

    package init(
        url: String, headers: [(name: String, value: String)], body: [UInt8], caFile: String? = nil, timeout: Duration,
        maxAnswer: Int = 1 << 20
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.caFile = caFile
        self.timeout = timeout
        self.maxAnswer = maxAnswer
    }
}

/// A request over HTTP.
package struct HTTPCall: Sendable {
    package enum Method: Sendable {
        case get
        case post([UInt8])
    }

    package let method: Method
    package let url: String
    /// Values may be secret: they are never logged.
    package let headers: [(name: String, value: String)]
    /// The certificates that are trusted, in place of the system's.
    package let caFile: String?
    package let limits: HTTPLimits
    package let proxy: HTTPProxy?

    package init(
        _ method: Method, url: String, headers: [(name: String, value: String)] = [], caFile: String? = nil,
        limits: HTTPLimits, proxy: HTTPProxy? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.caFile = caFile
        self.limits = limits
        self.proxy = proxy
    }
}

/// How long a request may take, and how much may come of it.
package struct HTTPLimits: Sendable {
    /// Until there is a connection, encryption included.
    package let connect: Duration
    /// For everything: the name, the connection, and the answer.
    package let total: Duration
    /// The most octets of an answer.
    package let answer: Int

    package init(connect: Duration, total: Duration, answer: Int) {
        self.connect = connect
        self.total = total
        self.answer = answer
    }
}

/// What other machines are reached through.
package struct HTTPProxy: Equatable, Sendable {
    /// `http://proxy:3128`, or another scheme that libcurl knows of proxies.
    package let url: String
    /// Names, which stand for those below them, too, and addresses or networks that are reached without it.
    package let exceptions: [String]

    package init(url: String, exceptions: [String] = []) {
        self.url = url
        self.exceptions = exceptions
    }
}

/// What an HTTP server answered.
package struct HTTPAnswer: Sendable {
    package let status: Int
    /// Names in lower case, without those of an interim answer or of a trailer; what stands several times is joined by commas.
    package let headers: [String: String]
    package let body: [UInt8]
    /// When to come back, as the server says by `Retry-After`; `nil` if it does not.
    package let retryAfter: Duration?

    package init(
        status: Int, headers: [String: String] = [:], body: [UInt8] = [], retryAfter: Duration? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.retryAfter = retryAfter
    }

    /// As sent; empty if nothing was.
    package var contentType: String { headers["content-type"] ?? "" }

    /// Reads the lines of a head as they came.
    ///
    /// Control characters become blanks, so that no value breaks a line of whatever it gets into.
    static func headers(_ head: [UInt8]) -> [String: String] {
        var headers: [String: String] = [:]
        for line in head.split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { continue }
            let name = String(decoding: line[..<colon].map(ASCII.lowercased), as: UTF8.self)
            let octets = line[(colon + 1)...].map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
            let first = octets.firstIndex { $0 != 0x20 } ?? octets.endIndex
            let last = octets.lastIndex { $0 != 0x20 } ?? first
            let value = String(decoding: first < octets.endIndex ? octets[first...last] : [], as: UTF8.self)
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
        return headers
    }
}
