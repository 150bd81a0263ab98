internal import GatehouseOutbound

/// Where spans are sent to, and as whose.
package struct Collector: Sendable {
    /// The whole address, path included.
    package let url: String
    /// Values may be secret: they are never logged.
    let headers: [(name: String, value: String)]
    let caFile: String?
    /// For one request.
    let timeout: Duration
    let resource: Resource

    /// Who the spans are of.
    package struct Resource: Sendable {
        let name: String
        let version: String
        /// Tells instances and starts apart.
        let instance: String

        package init(name: String, version: String, instance: String) {
            self.name = name
            self.version = version
            self.instance = instance
        }
    }

    /// - Parameters:
    ///   - endpoint: the address of a receiver of OTLP/HTTP, without `/v1/traces`.
    ///   - headers: more lines for each request.
    ///   - caFile: the certificates that are trusted, in place of the system's.
    ///   - timeout: for one request.
    ///   - resource: who the spans are of.
    package init(
        endpoint: String, headers: [(name: String, value: String)] = [], caFile: String? = nil, timeout: Duration,
        resource: Resource
    ) {
        let base = endpoint.utf8.last == UInt8(ascii: "/") ? String(endpoint.dropLast()) : endpoint
        url = "\(base)/v1/traces"
        self.headers = [(name: "Content-Type", value: "application/json")] + headers
        self.caFile = caFile
        self.timeout = timeout
        self.resource = resource
    }

    func post(_ body: [UInt8], within limit: Duration) -> HTTPPost {
        HTTPPost(
            url: url, headers: headers, body: body, caFile: caFile, timeout: min(timeout, limit), maxAnswer: 65_536)
    }
}
