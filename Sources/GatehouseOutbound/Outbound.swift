private import CCurl
internal import GatehouseCore
private import Glibc

/// Requests to other machines, through libcurl: over TLS 1.2 or later, to servers that prove their name, without redirects, and
/// through no proxy but one that is given.
///
/// Everything here blocks the calling thread for up to the given time: never call it on an event loop or a thread of Swift's.
package enum Outbound {
    /// Whether libcurl is installed; it is opened now, and stays open.
    package static var isAvailable: Bool { gatehouse_curl_open() }

    /// Posts octets over HTTP.
    ///
    /// - Returns: the answer, whatever its status.
    /// - Throws: `OutboundError`: only `unreached` says that the other side did nothing.
    package static func post(_ request: HTTPPost) throws(OutboundError) -> HTTPAnswer {
        let limits = HTTPLimits(connect: request.timeout, total: request.timeout, answer: request.maxAnswer)
        return try answer(
            to: HTTPCall(
                .post(request.body), url: request.url, headers: request.headers, caFile: request.caFile, limits: limits)
        )
    }

    /// Sends a request over HTTP.
    ///
    /// - Returns: the answer, whatever its status; a redirect is one, too.
    /// - Throws: `OutboundError`: only `unreached` says that the other side did nothing.
    package static func answer(to request: HTTPCall) throws(OutboundError) -> HTTPAnswer {
        let lines = request.headers.map { "\($0.name): \($0.value)" }
        guard !lines.contains(where: { $0.utf8.contains { $0 < 0x20 || $0 == 0x7F } }) else {
            throw .unreached(reason: "a header of the request holds a control character")
        }
        var texts = unsafe lines.map { unsafe UnsafePointer(strdup($0)) }
        let proxy = request.proxy
        let ways = unsafe [proxy?.url, proxy?.exceptions.joined(separator: ",")].map { text in
            unsafe text.map { unsafe strdup($0) } ?? nil
        }
        defer {
            unsafe texts.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) }
            unsafe ways.forEach { unsafe free($0) }
        }
        let count = unsafe texts.count
        var call = unsafe gatehouse_curl_request()
        unsafe call.header_count = count
        unsafe call.proxy = UnsafePointer(ways[0])
        unsafe call.no_proxy = UnsafePointer(ways[1])
        var body: [UInt8] = []
        switch request.method {
        case .get: unsafe call.only_gets = true
        case .post(let octets): body = octets
        }
        return try unsafe texts.withUnsafeMutableBufferPointer { headers throws(OutboundError) in
            unsafe call.headers = UnsafePointer(headers.baseAddress)
            return try unsafe perform(
                call, url: request.url, caFile: request.caFile, body: body, limits: request.limits)
        }
    }

    /// Hands a mail to a server.
    ///
    /// - Throws: `OutboundError`: the mail was not taken, or it is not known whether it was.
    package static func send(_ mail: SMTPMail, through server: SMTPServer) throws(OutboundError) {
        for address in [mail.from, mail.recipient] where !SMTPMail.isAddress(address) {
            throw .failed(reason: "an address of the mail is none that SMTP takes")
        }
        let texts = unsafe [mail.from, mail.recipient, server.username, server.password].map { text in
            unsafe text.map { unsafe strdup($0) } ?? nil
        }
        defer { unsafe texts.forEach { unsafe free($0) } }
        var call = unsafe gatehouse_curl_request()
        unsafe call.mail_from = UnsafePointer(texts[0])
        unsafe call.mail_recipient = UnsafePointer(texts[1])
        unsafe call.username = UnsafePointer(texts[2])
        unsafe call.password = UnsafePointer(texts[3])
        unsafe call.must_start_tls = server.startsTLS
        unsafe call.needs_utf8 = mail.needsUTF8
        let answer = try unsafe perform(
            call, url: server.greetingURL, caFile: server.caFile, body: mail.message,
            limits: server.limits)
        guard (200...299).contains(answer.status) else {
            throw .failed(reason: "the mail server answered with \(answer.status)")
        }
    }

    /// Goes as far with a mail server as a mail would, up to its first word: the greeting, encryption, the password.
    ///
    /// - Throws: `OutboundError`: a mail would not be taken either.
    package static func greet(_ server: SMTPServer) throws(OutboundError) {
        let texts = unsafe [server.username, server.password].map { text in unsafe text.map { unsafe strdup($0) } ?? nil
        }
        defer { unsafe texts.forEach { unsafe free($0) } }
        var call = unsafe gatehouse_curl_request()
        unsafe call.only_greets = true
        unsafe call.username = UnsafePointer(texts[0])
        unsafe call.password = UnsafePointer(texts[1])
        unsafe call.must_start_tls = server.startsTLS
        _ = try unsafe perform(
            call, url: server.greetingURL, caFile: server.caFile, body: [], limits: server.limits)
    }

    @unsafe private static func perform(
        _ prepared: gatehouse_curl_request, url: String, caFile: String?, body: [UInt8], limits: HTTPLimits
    ) throws(OutboundError) -> HTTPAnswer {
        guard isAvailable else { throw .libraryMissing }
        let texts = unsafe [url, caFile].map { text in unsafe text.map { unsafe strdup($0) } ?? nil }
        defer { unsafe texts.forEach { unsafe free($0) } }
        var call = unsafe prepared
        unsafe call.url = UnsafePointer(texts[0])
        unsafe call.ca_file = UnsafePointer(texts[1])
        unsafe call.connect_milliseconds = max(1, Int(limits.connect.wholeMilliseconds))
        unsafe call.total_milliseconds = max(1, Int(limits.total.wholeMilliseconds))
        unsafe call.body_length = body.count
        unsafe call.answer_limit = limits.answer
        var answer = unsafe gatehouse_curl_answer()
        unsafe body.withUnsafeBufferPointer { octets in
            unsafe call.body = octets.baseAddress
            unsafe gatehouse_curl_perform(&call, &answer)
        }
        defer { unsafe gatehouse_curl_release(&answer) }
        let code = unsafe answer.code
        if unsafe answer.lacks_utf8 {
            throw .refused(
                reason:
                    "the mail server does not offer SMTPUTF8, which an address with other letters than ASCII's before the @ needs"
            )
        }
        guard code == 0 else {
            if unsafe answer.is_too_large { throw .failed(reason: "the answer is longer than \(limits.answer) octets") }
            if unsafe answer.is_head_too_large {
                throw .failed(reason: "the answer's header lines are longer than 256 KiB")
            }
            let (error, words, status) = unsafe (text(&answer.error), text(&answer.words), answer.status)
            let isMail = unsafe call.mail_recipient != nil || call.only_greets
            if isMail, (400...599).contains(status) {
                let reason = words.isEmpty ? error : "the server says: \(words) (\(error))"
                // A refused sign-in is a matter of the configuration or of the server's own directory, not of this mail.
                throw status >= 500 && code != 67 ? .refused(reason: reason) : .failed(reason: reason)
            }
            if !isMail, unsafe !answer.was_sent { throw .unreached(reason: error) }
            throw .failed(reason: error)
        }
        let length = unsafe answer.length
        let octets = unsafe answer.body.map { unsafe Array(UnsafeBufferPointer(start: $0, count: length)) } ?? []
        let headLength = unsafe answer.head_length
        let head = unsafe answer.head.map { unsafe Array(UnsafeBufferPointer(start: $0, count: headLength)) } ?? []
        let wait = Int(unsafe answer.retry_after)
        return HTTPAnswer(
            status: Int(unsafe answer.status), headers: HTTPAnswer.headers(head), body: octets,
            retryAfter: wait > 0 ? .seconds(wait) : nil)
    }

    /// A text in a fixed array of characters, in which every control character becomes a blank.
    @unsafe private static func text<Characters>(_ characters: inout Characters) -> String {
        unsafe withUnsafeBytes(of: &characters) { octets in
            String(
                decoding: unsafe octets.prefix { $0 != 0 }.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
        }
    }
}
