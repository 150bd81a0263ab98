/// The names of Gatehouse's own cookies: an application behind the proxy has no use for any of them, and must not get one.
package struct CookieNames: Hashable, Sendable {
    package let session: SessionCookieName
    /// All of them, the session's among them.
    package let all: [SessionCookieName]

    /// Takes the session's cookie and those of the portal, which hold less and are nobody else's business.
    package init(session: SessionCookieName, others: [SessionCookieName] = []) {
        self.session = session
        all = [session] + others
    }

    /// Appends what is left of one `Cookie` line without our cookies, each other one octet by octet.
    ///
    /// A line that some proxy joined with commas ends at a cookie of ours: what follows cannot be told from its value.
    ///
    /// `rest` holds the cookies of earlier lines; `; ` comes between. The cost is one pass over the line for each name.
    package func appendOthers(of line: Span<UInt8>, to rest: inout [UInt8]) {
        var start = 0
        while start <= line.count {
            let end = line.firstIndex(of: UInt8(ascii: ";"), from: start) ?? line.count
            append(line.extracting(start..<otherEnd(in: line.extracting(start..<end), at: start)), to: &rest)
            start = end + 1
        }
    }

    private func append(_ pair: Span<UInt8>, to rest: inout [UInt8]) {
        var start = 0
        while start < pair.count, pair[start] == 0x20 || pair[start] == 0x09 { start += 1 }
        guard start < pair.count else { return }
        if !rest.isEmpty { rest += "; ".utf8 }
        rest += pair.extracting(start..<pair.count).array
    }

    /// Where a pair stops being somebody else's, as a position in the line that it begins at `offset` of.
    private func otherEnd(in pair: Span<UInt8>, at offset: Int) -> Int {
        var start = 0
        while true {
            if isOwn(pair, from: start) { return offset + max(start - 1, 0) }
            guard let comma = pair.firstIndex(of: UInt8(ascii: ","), from: start) else { return offset + pair.count }
            start = comma + 1
        }
    }

    private func isOwn(_ pair: Span<UInt8>, from start: Int) -> Bool {
        all.contains { $0.valueStart(in: pair, from: start) != nil }
    }
}
