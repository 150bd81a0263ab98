import Foundation
import GatehouseCore
import Testing

@Suite("Return addresses")
struct ReturnAddressTests {
    private static let allowed: Set<String> = [
        "https://app.example.com", "https://app.example.com:8443", "http://localhost:8080",
    ]

    private func address(_ text: String) -> String? {
        ReturnAddress(parsing: Array(text.utf8).span) { Self.allowed.contains($0.description) }?.text
    }

    @Test(
        "are rebuilt from their parts",
        arguments: [
            ("/account", "/account"), ("/a?b=c&d", "/a?b=c&d"), ("https://app.example.com", "https://app.example.com/"),
            ("https://APP.example.com:443/x", "https://app.example.com/x"),
            ("https://app.example.com/x#frag", "https://app.example.com/x"),
            ("https://app.example.com/a/../b/./c", "https://app.example.com/b/c"),
            ("http://localhost:8080/?q=1", "http://localhost:8080/?q=1"),
            ("https://app.example.com?x/admin", "https://app.example.com/?x/admin"),
            ("https://app.example.com:8443/", "https://app.example.com:8443/"),
            ("https://app.example.com/?q=\"<>", "https://app.example.com/?q=%22%3C%3E"),
            ("https://app.example.com/api/vhosts/%2F/q", "https://app.example.com/api/vhosts/%2F/q"),
            ("https://app.example.com/a%25b;c=d//e%3Ff%23g|h^i", "https://app.example.com/a%25b;c=d//e%3Ff%23g|h^i"),
            ("https://app.example.com/%2f%2fevil", "https://app.example.com/%2f%2fevil"),
            ("https://app.example.com//evil.example", "https://app.example.com//evil.example"),
            ("https://app.example.com/x/..%2f..%5cy", "https://app.example.com/x/..%2f..%5cy"),
            ("https://app.example.com/caf\u{E9}//?\u{E9}", "https://app.example.com/caf%C3%A9//?%C3%A9"),
            ("https://app.example.com/?q=a\\b|{c}^`", "https://app.example.com/?q=a\\b|{c}^`"),
            ("https://node_red.example.com/", nil),
        ] as [(String, String?)])
    func accepted(text: String, result: String?) {
        #expect(address(text) == result)
    }

    @Test(
        "that lead anywhere else are refused",
        arguments: [
            "", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
            "https:/evil.example",
            "https:///evil.example", "https://evil.example/", "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://evil.example\\@app.example.com/", "https://app.example.com\\@evil.example/",
            "https://app.example.com:444/",
            "http://app.example.com/", "javascript:alert(1)", "data:text/html,x", "ftp://app.example.com/",
            "https://app.example.com /",
            " https://app.example.com/", "https://app.example.com/\r\nX: y", "/a\nb", "/\t/evil.example",
            "java\nscript:x", "@evil.example",
            "evil.example", "home", "https://app.example.com/\\evil.example", "https://app.example.com\\?",
            "//evil.example/..//x", "/a//b", "/%2f%2fevil",
            "https://[::1]/",
            "https://app。example.com/", "https://app.example.com\u{0}/", "https://user:pw@app.example.com/",
            "https://app.example.com:/",
        ])
    func refused(text: String) {
        #expect(address(text) == nil)
    }

    @Test("are at most 6,144 octets long, of which the path may be 4,096 where it is judged")
    func length() {
        let start = "https://app.example.com/?"
        #expect(address(start + String(repeating: "a", count: 6_144 - start.utf8.count)) != nil)
        #expect(address(start + String(repeating: "a", count: 6_145 - start.utf8.count)) == nil)
        #expect(address("/" + String(repeating: "a", count: 4_095)) != nil)
        #expect(address("/" + String(repeating: "a", count: 4_096)) == nil)
    }

    private struct Vector: Decodable {
        let id: String
        let url: String
        let allowedHosts: [String]
        let requireHTTPS: Bool
        let expect: String

        enum CodingKeys: String, CodingKey {
            case id, url, expect
            case allowedHosts = "allowed_hosts"
            case requireHTTPS = "require_https"
        }
    }

    private struct File: Decodable { let cases: [Vector] }

    @Test("judge the addresses that Django was asked about at least as strictly")
    func vectors() throws {
        var folders = [URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Vectors")]
        if let more = ProcessInfo.processInfo.environment["GATEHOUSE_VECTORS"] {
            folders.append(URL(fileURLWithPath: more))
        }
        for folder in folders {
            let data = try Data(contentsOf: folder.appendingPathComponent("django/redirect_safety.json"))
            let cases = try JSONDecoder().decode(File.self, from: data).cases
            #expect(!cases.isEmpty)
            for vector in cases {
                let result = ReturnAddress(parsing: Array(vector.url.utf8).span) { origin in
                    guard origin.scheme == .https || !vector.requireHTTPS else { return false }
                    return vector.allowedHosts.contains { host in
                        Authority(parsing: Array(host.utf8).span).map { Origin(scheme: origin.scheme, authority: $0) }
                            == origin
                    }
                }
                switch vector.expect {
                case "accept": #expect(result != nil, "\(vector.id): \(vector.url)")
                case "refuse": #expect(result == nil, "\(vector.id): \(vector.url)")
                default: break
                }
            }
        }
    }
}
