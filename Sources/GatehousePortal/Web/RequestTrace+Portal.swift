internal import GatehouseCore

extension RequestTrace {
    /// Hands over the span of a request to the portal, if it has one.
    ///
    /// - Parameters:
    ///   - request: what was asked for.
    ///   - route: the place; `nil` for a path that is none, which is not written down.
    ///   - parent: the span of whoever asked.
    ///   - status: of the answer.
    ///   - settings: of the portal.
    func end(_ request: PortalRequest, route: String?, parent: SpanID?, status: Int, _ settings: PortalSettings) {
        guard let tracer else { return }
        let method =
            switch request.verb {
            case .get: "GET"
            case .head: "HEAD"
            case .post: "POST"
            case .other: "_OTHER"
            }
        var facts = [
            TraceSpan.Fact(.method, method), .init(.scheme, settings.address.origin.scheme.rawValue),
            .init(.status, status),
        ]
        if let route { facts += [.init(.route, route), .init(.path, route)] }
        if status >= 500 { facts.append(.init(.errorType, "\(status)")) }
        let name = [request.verb == .other ? "HTTP" : method, route].compactMap(\.self).joined(separator: " ")
        tracer.take([
            TraceSpan(
                name, .server, context, parent: parent, from: request.arrival, to: .now, facts,
                isFailure: status >= 500)
        ])
    }
}
