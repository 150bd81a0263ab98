internal import GatehouseCore
internal import GatehouseOIDC

/// A file whose name changes with its content, so that browsers may keep it for ever.
struct StaticFile: Hashable, Sendable {
    /// `/static/` and a name, without the portal's prefix.
    let path: String
    let contentType: StaticString
    let content: [UInt8]

    static let styleSheet = StaticFile(StyleSheet.text, suffix: "css", contentType: "text/css; charset=utf-8")
    static let mark = StaticFile(Mark.text, suffix: "svg", contentType: "image/svg+xml")
    static let onward = StaticFile(OnwardScript.text, suffix: "js", contentType: "text/javascript; charset=utf-8")
    static let all = [styleSheet, mark, onward]

    /// The sign of a provider, as whoever runs the portal gave it.
    init(_ logo: ProviderLogo) {
        switch logo.format {
        case .svg: self.init(logo.content, suffix: "svg", contentType: "image/svg+xml")
        case .png: self.init(logo.content, suffix: "png", contentType: "image/png")
        }
    }

    private init(_ text: StaticString, suffix: StaticString, contentType: StaticString) {
        self.init(Array(text.description.utf8), suffix: suffix, contentType: contentType)
    }

    private init(_ content: [UInt8], suffix: StaticString, contentType: StaticString) {
        self.content = content
        self.contentType = contentType
        path = "/static/\(Hexadecimal.text(StaticFile.hash(content), width: 16)).\(suffix)"
    }

    static func == (left: StaticFile, right: StaticFile) -> Bool { left.path.utf8.elementsEqual(right.path.utf8) }
    func hash(into hasher: inout Hasher) { hasher.combine(path) }

    /// FNV-1a with 64 bits: it tells versions of files apart and protects nothing.
    private static func hash(_ octets: [UInt8]) -> UInt64 {
        octets.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension Link {
    /// A file of the portal.
    init(file: StaticFile, of portal: PortalAddress, isAbsolute: Bool = false) {
        self.init(path: file.path, of: portal, isAbsolute: isAbsolute)
    }
}
