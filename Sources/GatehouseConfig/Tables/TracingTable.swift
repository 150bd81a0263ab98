package import GatehouseCore

/// `[tracing]`: where spans of traces are sent; without the table there are none.
package struct TracingTable: Sendable {
    /// The address of a receiver of OTLP/HTTP, without `/v1/traces`.
    package let endpoint: String
    /// How many of the traces that begin here are kept, from 0 to 1.
    package let sample: Double
    package let serviceName: String
    /// For one request.
    package let timeout: Duration
    /// The value of `Authorization`; `nil` for none.
    package let authorization: SecretOctets?
    /// More lines for each request.
    package let headers: [Header]
    package let caFile: String?

    /// A line of a request.
    package struct Header: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    /// `nil` without the table, or after a problem.
    init?(_ table: TableReader, _ secrets: SecretReader) {
        guard table.isWritten else { return nil }
        let endpoint = table.string("endpoint")
        let sample = table.fraction("sample", in: 0...1)
        self.sample = sample ?? 0.1
        let name = table.string("service_name")
        if let name, name.value.isEmpty { table.log.add(name, "must not be empty") }
        serviceName = name?.value ?? "gatehouse"
        timeout = table.duration("timeout", in: .milliseconds(100) ... .seconds(60))?.value ?? .seconds(10)
        let reference = table.secretText("authorization")
        authorization = reference.flatMap { secrets.secret($0) }
        if let authorization, let reference, authorization.octets.contains(where: { $0 < 0x20 || $0 >= 0x7F }) {
            table.log.add(reference, "refers to a value that is not printable ASCII, like \"Bearer …\"")
        }
        headers = (table.strings("headers") ?? []).compactMap { TracingTable.header($0, table) }
        caFile = CertificateFile.path(table, folders: secrets.folders)
        let allowsPlaintext = table.boolean("allow_plaintext")?.value ?? false
        if endpoint == nil, table.value("endpoint") == nil {
            table.require("endpoint", "where spans are sent, like \"http://collector:4318\"")
        }
        table.finish()
        guard let endpoint,
            let address = TracingTable.address(endpoint, table, isSecret: reference != nil && !allowsPlaintext)
        else { return nil }
        self.endpoint = address
    }

    private static func address(_ text: Found<String>, _ table: TableReader, isSecret: Bool) -> String? {
        guard !text.value.utf8.contains(UInt8(ascii: "@")) else {
            table.log.add(text, "must not have a name or a password in it: \(table.key("authorization")) is for that")
            return nil
        }
        guard let server = ServerURL(text.value), !text.value.utf8.contains(UInt8(ascii: "?")) else {
            table.log.add(text, "must be an address like \"http://collector:4318\", is \(text.seen)")
            return nil
        }
        let path = text.value.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
        if path.starts(with: "/v1/traces".utf8.reversed()) {
            table.log.add(text, "must not have /v1/traces in it, which is added, is \(text.seen)")
        }
        if isSecret, !server.isSecure, !server.isThisMachine {
            table.log.add(
                text,
                "sends \(table.key("authorization")) in the clear: use https, or set "
                    + "\(table.key("allow_plaintext")) = true for a network that nobody else can listen to")
        }
        return text.value
    }

    /// A line like `X-Scope-OrgID: tenant`.
    private static func header(_ text: Found<String>, _ table: TableReader) -> Header? {
        let octets = Array(text.value.utf8)
        let colon = octets.firstIndex(of: UInt8(ascii: ":")) ?? octets.count
        let name = octets[..<colon]
        let value = octets.dropFirst(colon + 1).drop { $0 == 0x20 }
        let isName = !name.isEmpty && name.allSatisfy { ASCII.isAlphanumeric($0) || "-_".utf8.contains($0) }
        guard isName, !value.isEmpty, value.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            // What it holds may be secret.
            table.log.add(text, "must be lines like \"X-Scope-OrgID: tenant\"")
            return nil
        }
        let ours: [StaticString] = ["content-type", "content-length", "transfer-encoding", "host", "authorization"]
        if let taken = ours.first(where: { Array(name).span.equalsIgnoringCase($0) }) {
            let advice =
                "\(taken)" == "authorization" ? "\(table.key("authorization")) is for that" : "it is set already"
            table.log.add(text, "must not have \(taken) in it: \(advice)")
        }
        return Header(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }
}
