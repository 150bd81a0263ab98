internal import GatehouseCore
internal import GatehouseSessions
internal import HTTPTypes
internal import Hummingbird

// Wide: what a request tells, each taken once.
/// What the portal knows about a request before it reads the body.
struct PortalRequest: Sendable {
    enum Verb: Sendable {
        case get
        case head
        case post
        case other
    }

    let verb: Verb
    let path: [UInt8]
    /// The query's fields; none if the query is malformed.
    let query: FormFields?
    /// The query's octets.
    let queryLength: Int
    /// The value of `Host` as it came.
    let authority: [UInt8]
    /// Why the request is refused whatever it asks for.
    let defect: HeadDefect?
    let client: ClientAddress
    let cookies: RequestCookies
    /// What the request is called.
    let id = RequestID()
    /// The other end of the connection.
    let context: PortalContext
    /// When the head of the request was there.
    let arrival: ContinuousClock.Instant
    /// Whether the other end is a proxy whose word counts.
    private let isFromProxy: Bool
    private let headers: HTTPFields

    static let maxTargetLength = 8_192

    init(_ request: Request, from context: PortalContext, settings: PortalSettings) {
        arrival = .now
        self.context = context
        verb =
            switch request.method {
            case .get: .get
            case .head: .head
            case .post: .post
            default: .other
            }
        headers = request.headers
        let target = Array((request.head.path ?? "").utf8)
        let question = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        path = Array(target[..<question])
        query =
            question < target.count
            ? try? FormFields(parsing: target.span.extracting((question + 1)..<target.count)) : nil
        queryLength = max(target.count - question - 1, 0)
        authority = Array((request.head.authority ?? "").utf8)
        isFromProxy = context.isOne(of: settings.proxies)
        let forwarded = request.headers[values: .xForwardedFor].map { Array($0.utf8) }
        client = settings.proxies.clientAddress(
            forwarded: isFromProxy && !forwarded.isEmpty ? Array(forwarded.joined(separator: ",".utf8)) : nil,
            peer: context.peer)
        // The first one stands in `authority`.
        let hosts = (request.head.authority == nil ? 0 : 1) + request.headers[values: .host].count
        defect = HeadDefect(hosts: hosts, client: client)
        cookies = RequestCookies(settings.cookies, in: request.headers[values: .cookie].map { Array($0.utf8) })
    }

    /// The host that was asked for; `nil` if it is none.
    var host: Host? { Authority(parsing: authority.span)?.host }

    /// The address of the page in whose place a proxy shows ours; `nil` unless a trusted proxy says it.
    var originalURL: [UInt8]? { isFromProxy ? single(.xOriginalURL) : nil }

    /// What the check answered whose failure a proxy shows; `nil` unless a trusted proxy says it.
    var checkStatus: [UInt8]? { isFromProxy ? single(.gatehouseCheckStatus) : nil }

    /// The trace that the request is part of; `nil` unless a trusted proxy says it.
    var trace: TraceContext? { isFromProxy ? single(.traceparent).flatMap { TraceContext(parsing: $0.span) } : nil }

    /// What goes on to others with the trace.
    var traceState: TraceState? { isFromProxy ? TraceState(lines: values(.tracestate)) : nil }

    var isTooLong: Bool { path.count > PortalRequest.maxTargetLength }

    /// Whether someone who is signed in wants the form all the same.
    var switchesUser: Bool { query?["switch"] != nil }

    /// Whether the sign-in page is to lead nowhere by itself.
    var staysOnPage: Bool { query?["auto"] != nil }

    /// How recent a sign-in a page wants of somebody who is signed in for too long; `nil` if none does.
    var within: Duration? {
        query?["within"].flatMap { ASCII.decimal($0.span, limit: 365 * 86_400) }.map { .seconds($0) }
    }

    /// Whether a link was followed on a page of the portal, or an address typed: `Sec-Fetch-Site` says nothing else.
    var isOwnClick: Bool {
        let sites = values(.secFetchSite)
        return verb == .get && sites.count <= 1
            && sites.allSatisfy { $0.span.equals("same-origin") || $0.span.equals("none") }
    }

    /// Whether somebody opened the page, and no page of another site only makes the browser load it.
    var isVisit: Bool {
        let sites = values(.secFetchSite)
        let isOwn = sites.allSatisfy { $0.span.equals("same-origin") || $0.span.equals("none") }
        return verb == .get && (isOwn || values(.secFetchDest).contains { $0.span.equals("document") })
    }

    var contentLength: Int? {
        values(.contentLength).first.flatMap { ASCII.decimal($0.span, limit: .max) }
    }

    /// Whether the body is announced as a form, whatever the parameters of the type.
    var isForm: Bool {
        let types = values(.contentType)
        guard types.count == 1, let type = types.first else { return false }
        var end = type.firstIndex(of: UInt8(ascii: ";")) ?? type.count
        while end > 0, type[end - 1] == 0x20 || type[end - 1] == 0x09 { end -= 1 }
        return type.span.extracting(0..<end).equalsIgnoringCase("application/x-www-form-urlencoded")
    }

    /// Whether a page rather than data is wanted.
    var acceptsHTML: Bool {
        values(.accept).contains { value in
            value.split(separator: UInt8(ascii: ",")).contains { part in
                let type = part.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
                return Array(type).span.equalsIgnoringCase("text/html")
            }
        }
    }

    /// What the browser calls itself; empty if that is no text.
    var agent: UTF8Text {
        let lines = values(.userAgent)
        return lines.count == 1 ? lines.first.flatMap(UTF8Text.init(validating:)) ?? "" : ""
    }

    /// Where a session that begins now comes from.
    var origin: SessionOrigin {
        let address = if case .known(let address) = client { UTF8Text(address.description) } else { UTF8Text("") }
        return SessionOrigin(agent: agent, address: address)
    }

    /// The one value of a header; `nil` if it is missing or repeated.
    func single(_ name: HTTPField.Name?) -> [UInt8]? {
        let lines = values(name)
        return lines.count == 1 ? lines[0] : nil
    }

    /// The page that led here.
    var referer: [UInt8]? { values(.referer).first }

    /// Whether a form was sent by a page of the portal, as far as the browser tells.
    func provenance(of portal: Origin) -> CrossSiteCheck.Verdict {
        CrossSiteCheck.judge(
            origins: values(.origin), fetchSites: values(.secFetchSite), referers: values(.referer), portal: portal)
    }

    /// Whether the browser may have come here by a redirect of the portal itself.
    var mayFollowOwnPage: Bool { values(.secFetchSite).allSatisfy { $0.span.equals("same-origin") } }

    private func values(_ name: HTTPField.Name?) -> [[UInt8]] {
        guard let name else { return [] }
        return headers[values: name].map { Array($0.utf8) }
    }
}

extension HTTPField.Name {
    fileprivate static let host = HTTPField.Name("Host")
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")
    fileprivate static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")
    fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For")
    fileprivate static let xOriginalURL = HTTPField.Name("X-Original-URL")
    fileprivate static let traceparent = HTTPField.Name("traceparent")
    fileprivate static let tracestate = HTTPField.Name("tracestate")
    fileprivate static let gatehouseCheckStatus = HTTPField.Name("Gatehouse-Check-Status")
}

extension HTTPFields {
    fileprivate subscript(values name: HTTPField.Name?) -> [String] { name.map { self[values: $0] } ?? [] }
}
