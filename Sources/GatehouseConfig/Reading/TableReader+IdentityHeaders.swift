internal import GatehouseCore

extension TableReader {
    /// `headers`: a preset, or a table of names.
    func headers() -> IdentityHeaders {
        note("headers", .preset(["remote", "x-auth-request"], names: IdentityHeader.allCases.map(\.rawValue)))
        guard let value = value("headers") else { return .remote }
        if case .table = value.content { return named(table("headers")) }
        if value.isSpelledTable { return named(table("headers")) }
        guard let text = string("headers") else { return .remote }
        if text.value.utf8.elementsEqual("remote".utf8) { return .remote }
        if text.value.utf8.elementsEqual("x-auth-request".utf8) { return .xAuthRequest }
        log.add(text, "must be \"remote\", \"x-auth-request\" or a table like { user = \"X-User\" }, is \(text.seen)")
        return .remote
    }

    private func named(_ table: TableReader) -> IdentityHeaders {
        var names: [IdentityHeader: String] = [:]
        var used: [String] = []
        for header in IdentityHeader.allCases {
            guard let text = table.string(header.rawValue) else { continue }
            guard HeaderRule.accepts(text.value) else {
                log.add(
                    text,
                    "must be a header name of letters, digits and - (other spellings look alike to applications), "
                        + "and none that HTTP or the proxy gives a meaning, is \(text.seen)")
                continue
            }
            let folded = HeaderRule.folded(text.value)
            if used.contains(folded) { log.add(text, "names a header that has a use already, is \(text.seen)") }
            used.append(folded)
            names[header] = text.value
        }
        table.finish()
        if used.isEmpty {
            log.add(table.place, table.path, "must name at least one header, like { user = \"X-User\" }")
        }
        return IdentityHeaders(names)
    }
}

/// Which names may carry an identity.
private enum HeaderRule {
    /// Hop-by-hop headers and others that HTTP or a proxy acts on, in lower case.
    private static let reserved: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "cookie", "set-cookie", "authorization", "www-authenticate", "date",
        "location", "cache-control", "vary", "expect", "origin", "referer", "forwarded", "via", "server", "age",
        "expires", "pragma", "retry-after", "x-real-ip",
    ]

    static func accepts(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...64).contains(bytes.count), let first = bytes.first, ASCII.isAlphanumeric(first),
            bytes.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return false }
        let folded = folded(name)
        return !reserved.contains(folded)
            && ![
                "content-", "accept", "if-", "sec-", "access-control-", "x-forwarded-", "x-original-", "x-accel-",
                "gatehouse-",
            ].contains {
                folded.utf8.starts(with: $0.utf8)
            }
    }

    static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { ASCII.lowercased($0) }, as: UTF8.self)
    }
}
