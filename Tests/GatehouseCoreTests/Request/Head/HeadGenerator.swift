/// A small generator of random numbers that repeats itself for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes request heads: about half of them as proxies send them, the others with one or several oddities.
struct HeadGenerator {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// How odd the current head may be: the chance of each oddity in a thousand.
    private var oddity = 0

    mutating func next() -> [UInt8] {
        oddity = [0, 0, 10, 40, 150][Int.random(in: 0..<5, using: &random)]
        var bytes = requestLine()
        for line in headerLines() { bytes += line }
        bytes += lineEnd()
        // Nothing may stay incomplete only because the last line was bent.
        if odd() { bytes += Array("\r\n\r\n".utf8) }
        if oddity > 0, Int.random(in: 0..<6, using: &random) == 0 { mutate(&bytes) }
        if odd() { bytes += Array("GET /next HTTP/1.1\r\nHost: h\r\n\r\n".utf8) }
        return bytes
    }

    private mutating func odd() -> Bool { Int.random(in: 0..<1_000, using: &random) < oddity }

    private mutating func pick(_ texts: [String]) -> [UInt8] {
        Array(texts[Int.random(in: texts.indices, using: &random)].utf8)
    }

    private mutating func requestLine() -> [UInt8] {
        let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "PATCH", "M-SEARCH", "REPORT"]
        let oddMethods = [
            "get", "FOO", "G\tT", "", "CONNECT", "GET\0", "X-Y_Z", "GÉT", "TRACE", "PRI",
            String(repeating: "A", count: 40),
        ]
        let targets = [
            "/", "/auth/request", "/auth/forward/app", "/auth/request?x=y&z", "/a%20b", "/auth/forward?a[]=<\"{|}>^`\\",
            "/*;@:!$'()+,=~",
        ]
        let oddTargets = [
            "*", "", "a", "//x/y", "http://h/x", "https://h:1/x?y", "h:443", "/a b", "/é", "/a\tb", "/a#b", "/a#b#c",
            "/\0", "/\u{7F}", "?x", "#", "ftp://x/", "http:/x", "http://[::1]/", "http://h@e/", "/x?y?z#q?",
        ]
        let versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"]
        let oddVersions = [
            "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 ", "HTTP/11", "", "HTTP/1.", "HTTP/1.1x",
            "HTTP /1.1", "HTTP/1,1", "HTTP/3.0", "ICE/1.0", "RTSP/1.0", "HTTP/1.1\t", " HTTP/1.1", "HTTP/9.9",
        ]
        let blanks = ["  ", "\t", "", " \t", "\u{0B}"]
        var line = odd() ? pick(["\r\n", "\n", " ", "\r", "\u{FEFF}"]) : []
        line += odd() ? pick(oddMethods) : pick(methods)
        line += odd() ? pick(blanks) : [0x20]
        line += odd() ? pick(oddTargets) : pick(targets)
        line += odd() ? pick(blanks) : [0x20]
        line += odd() ? pick(oddVersions) : pick(versions)
        return line + lineEnd()
    }

    private mutating func lineEnd() -> [UInt8] {
        odd() ? pick(["\n", "\r", "\r\r\n", "\n\r", "", " \r\n", "\r\n\r\n"]) : [0x0D, 0x0A]
    }

    private mutating func headerLines() -> [[UInt8]] {
        var lines: [[UInt8]] = []
        let hosts = odd() ? Int.random(in: 0...2, using: &random) : 1
        for _ in 0..<hosts { lines.append(field("Host", pick(["g", "g:9180", "127.0.0.1:9180", "a,b", ""]))) }
        for _ in 0..<Int.random(in: 0...10, using: &random) { lines.append(randomField()) }
        if Int.random(in: 0..<5, using: &random) == 0 {
            lines.append(
                field(
                    "Connection",
                    pick([
                        "close", "keep-alive", "Keep-Alive", "keep-alive, close", "close, keep-alive", "Upgrade",
                        "upgrade, close", "x", "", ",close", "close,", "closed", "keep-alive-x", "a\tclose", "close x",
                        "\"close\"", "keep-alive , x",
                    ])))
        }
        if Int.random(in: 0..<12, using: &random) == 0 {
            lines.append(
                field(
                    "Content-Length",
                    pick([
                        "0", "5", "00", "+5", "-1", "5,5", "5, 5", "0x5", "", "1 2", "18446744073709551616",
                        "9223372036854775808", "999999999999999999", "5\t", "5a",
                    ])))
        }
        if oddity > 0, Int.random(in: 0..<15, using: &random) == 0 {
            lines.append(
                field(
                    "Transfer-Encoding",
                    pick([
                        "chunked", "Chunked", "gzip, chunked", "chunked, gzip", "identity", "", "xchunked",
                        "chunked;q=1", "chunked,chunked",
                    ])))
        }
        if odd() { lines.append(field("Content-Length", pick(["0", "5"]))) }
        if odd() { lines.append(Array(" folded\r\n".utf8)) }
        if odd() { lines.append(Array("\tfolded: x\r\n".utf8)) }
        if odd() { lines.append(pick(["\r\n", "junk\r\n", ":\r\n", "\0\r\n", ": x\r\n", "a\r\n:b\r\n"])) }
        if odd(), !lines.isEmpty { lines.append(lines[Int.random(in: lines.indices, using: &random)]) }
        lines.shuffle(using: &random)
        return lines
    }

    private mutating func randomField() -> [UInt8] {
        let names = [
            "X-Original-URL", "X-Original-Method", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
            "X-Forwarded-Uri", "X-Forwarded-Method", "Cookie", "Accept", "Origin", "Upgrade", "Content-Type",
            "Sec-Fetch-Mode", "Sec-WebSocket-Key", "Access-Control-Request-Method", "X-Requested-With", "User-Agent",
            "Remote_User", "X.Y", "!#$%&'*+-.^_`|~", "A", "Proxy-Connection", "Expect", "TE", "Trailer",
        ]
        let values = [
            "https://app.example.com/a?b=c", "GET", "10.0.0.1, 10.0.0.2", "text/html,application/xhtml+xml;q=0.9",
            "__Host-gatehouse=AAAA; b=c", "websocket", "navigate", "", "a\tb", "caf\u{E9}", "\u{212A}", "100-continue",
            "x  y", "\"quoted, text\"",
        ]
        let oddValues = ["a\0b", "a\u{7F}", "a\u{1}b", "\u{B}", "a\rb", "a\nb", "\u{1B}[0m", "a\u{8}"]
        var name = pick(names)
        for index in name.indices where Int.random(in: 0..<8, using: &random) == 0 {
            if (0x41...0x5A).contains(name[index]) || (0x61...0x7A).contains(name[index]) { name[index] ^= 0x20 }
        }
        if odd() { name = pick(["A B", "A\t", "Ä", "", "A(", "A\"", "A@", "A/", "A[", "A{}", "A,", "A\0"]) }
        var value = odd() ? pick(oddValues) : pick(values)
        if odd() { value += [UInt8.random(in: 0x80...0xFF, using: &random)] }
        return field(String(decoding: name, as: UTF8.self), value)
    }

    private mutating func field(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let colon = odd() ? pick([" :", "\t:", "", "::", " : ", ":\r\n ", "\r\n:"]) : pick([":", ": ", ":  ", ":\t"])
        let trailing = Int.random(in: 0..<10, using: &random) == 0 ? pick([" ", "\t", "  \t"]) : []
        return Array(name.utf8) + colon + value + trailing + lineEnd()
    }

    /// Flips, inserts, removes or repeats up to three octets.
    private mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(bytes[index], at: index)
            default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
    }
}
