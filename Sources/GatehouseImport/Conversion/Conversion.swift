internal import GatehouseCore

/// A configuration of another product, turned into one of Gatehouse's.
///
/// What has no equal here is never left out in silence, and never so that more people get in than did: it closes what it was about,
/// and the file says how to open it.
package struct Conversion: Sendable {
    /// The whole `gatehouse.toml`.
    package let text: String
    /// What could not be carried over, a sentence each; they stand in the text, too.
    package let lost: [String]

    package enum Format: String, CaseIterable, Sendable {
        /// `configuration.yml`.
        case authelia
        /// Lines of `NAME=value`.
        case tinyauth
        /// Its TOML file, or options, one a line.
        case oauth2Proxy = "oauth2-proxy"

        /// What messages call it.
        package var title: String {
            switch self {
            case .authelia: "Authelia's configuration"
            case .tinyauth: "tinyauth's environment"
            case .oauth2Proxy: "oauth2-proxy's configuration"
            }
        }

        /// What a file most likely is; `nil` if nothing tells.
        package static func guess(path: String, head: [UInt8]) -> Format? {
            let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
            let text = String(decoding: head, as: UTF8.self)
            if name.hasSuffix(".yml") || name.hasSuffix(".yaml") { return .authelia }
            let lines = text.utf8.split(separator: 0x0A).map { String(Substring($0)) }
            let isTinyauth = lines.contains { line in
                ["APP_URL=", "USERS=", "USERS_FILE=", "TINYAUTH_"].contains {
                    line.hasPrefix($0) || line.hasPrefix("export " + $0)
                }
            }
            if isTinyauth { return .tinyauth }
            let isProxy = lines.contains { line in
                line.hasPrefix("--") || line.hasPrefix("OAUTH2_PROXY_")
                    || ["cookie_secret", "email_domains", "upstreams", "provider", "http_address", "client_id"].contains
                    {
                        line.hasPrefix($0) && line.dropFirst($0.count).first.map { " =".contains($0) } == true
                    }
            }
            return isProxy ? .oauth2Proxy : nil
        }
    }

    /// Options of whoever converts.
    package struct Wishes: Sendable {
        /// Whether a password alone is enough where a second factor was asked for.
        package var passwordIsEnough = false

        package init() {}
    }

    private static let maxLength = 1 << 20

    /// - Throws: `ImportError` for a file that cannot be read, or is not what it is said to be.
    package init(_ bytes: any ByteSource, _ format: Format, _ wishes: Wishes = Wishes()) throws(ImportError) {
        var text = TextBytes(bytes)
        guard let all = try text.all(limit: Conversion.maxLength) else {
            throw .unreadable(reason: "longer than \(Conversion.maxLength >> 20) MiB")
        }
        let draft: DraftConfiguration
        switch format {
        case .authelia: draft = try AutheliaConversion(all, wishes).draft
        case .tinyauth: draft = try TinyauthConversion(all).draft
        case .oauth2Proxy: draft = try OAuth2ProxyConversion(all).draft
        }
        self.text = draft.text
        lost = draft.lost
    }
}
