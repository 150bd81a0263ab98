internal import GatehouseCore

/// The sign on a provider's button: a picture that whoever runs the portal gave.
///
/// Browsers get it as a file of its own, under the policy of every other file, and show it by `img`, where a picture runs nothing
/// and loads nothing. It never becomes part of a page, so that it is asked here only whether a browser can show it at all.
package struct ProviderLogo: Equatable, Sendable {
    package enum Format: Sendable { case svg, png }

    /// Why it cannot be shown, in words that follow the name of a file.
    package struct Unusable: Error { package let reason: String }

    package let format: Format
    package let content: [UInt8]

    /// A button's sign is 24 points wide; whatever is larger costs everybody who signs in.
    package static let maxLength = 65_536
    /// Of a side, in pixels.
    private static let maxPixels = 1_024

    /// - Throws: `Unusable` for anything but a whole SVG or PNG.
    package init(_ octets: [UInt8]) throws(Unusable) {
        guard octets.count <= ProviderLogo.maxLength else {
            throw Unusable(reason: "has more than \(ProviderLogo.maxLength) octets")
        }
        if octets.starts(with: ProviderLogo.signature) {
            try ProviderLogo.judge(png: octets)
            format = .png
        } else if let kind = ProviderLogo.others.first(where: { octets.starts(with: $0.beginning) })?.kind {
            throw Unusable(reason: "is \(kind)")
        } else {
            try ProviderLogo.judge(svg: octets)
            format = .svg
        }
        content = octets
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// What people have beside those two.
    private static let others: [(beginning: [UInt8], kind: String)] = [
        ([0xFF, 0xD8, 0xFF], "a JPEG"), (Array("GIF8".utf8), "a GIF"), (Array("RIFF".utf8), "a WebP"),
        ([0x00, 0x00, 0x01, 0x00], "an icon file"), ([0x1F, 0x8B], "compressed (.svgz): unpack it"),
    ]
}

// MARK: - PNG

extension ProviderLogo {
    /// The header comes first and the end last (PNG, third edition, section 5.6).
    private static func judge(png octets: [UInt8]) throws(Unusable) {
        let header: [UInt8] = [0, 0, 0, 13] + Array("IHDR".utf8)
        let end: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
        guard octets[signature.count...].starts(with: header), octets.suffix(end.count).elementsEqual(end) else {
            throw Unusable(reason: "is a PNG that is not whole")
        }
        func side(at offset: Int) -> Int { octets[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
        let start = signature.count + header.count
        let (width, height) = (side(at: start), side(at: start + 4))
        guard (1...maxPixels).contains(width), (1...maxPixels).contains(height) else {
            throw Unusable(
                reason: "has \(width) by \(height) pixels, and may have \(maxPixels) by \(maxPixels)")
        }
    }
}

// MARK: - SVG

extension ProviderLogo {
    /// Every file of a picture names it; markup that was copied out of a page often does not, and is shown by no browser.
    private static let nameSpace = Array("http://www.w3.org/2000/svg".utf8)

    /// What is in no picture that was saved as one: programs, pages inside, and texts that stand for others.
    private static let strange = ["<script", "<foreignobject", "<!entity"]

    private static func judge(svg octets: [UInt8]) throws(Unusable) {
        guard let text = UTF8Text(validating: octets), !octets.contains(0) else {
            throw Unusable(reason: "is neither SVG nor PNG")
        }
        guard let start = root(of: text.bytes) else { throw Unusable(reason: "is neither SVG nor PNG") }
        let tag = text.bytes[start...].prefix { $0 != UInt8(ascii: ">") }
        guard tag.firstRange(of: nameSpace) != nil else {
            throw Unusable(
                reason:
                    "is an SVG without xmlns=\"http://www.w3.org/2000/svg\", which no browser shows: write that into its <svg"
            )
        }
        guard tag.last == UInt8(ascii: "/") || text.bytes[start...].firstRange(of: Array("</svg".utf8)) != nil else {
            throw Unusable(reason: "is an SVG that is not whole")
        }
        let lowered = text.bytes.map { ASCII.lowercased($0) }
        if let found = strange.first(where: { lowered.firstRange(of: Array($0.utf8)) != nil }) {
            throw Unusable(reason: "is an SVG with \(found) in it, which no logo needs: save it as plain SVG")
        }
    }

    /// With what a piece ends that stands before the root element; `nil` if none begins here.
    private static func end(ofPrologue rest: ArraySlice<UInt8>) -> String? {
        if rest.starts(with: "<?".utf8) { return "?>" }
        if rest.starts(with: "<!--".utf8) { return "-->" }
        guard rest.starts(with: "<!".utf8) else { return nil }
        return rest.prefix { $0 != UInt8(ascii: ">") }.contains(UInt8(ascii: "[")) ? "]>" : ">"
    }

    /// Where the root element begins, after whatever XML has before it; `nil` if it is another.
    private static func root(of octets: [UInt8]) -> Int? {
        var rest = octets[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while true {
            rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            guard let end = end(ofPrologue: rest) else { break }
            guard let range = rest.firstRange(of: Array(end.utf8)) else { return nil }
            rest = rest[range.upperBound...]
        }
        guard rest.starts(with: "<svg".utf8), let next = rest.dropFirst(4).first,
            [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ">"), UInt8(ascii: "/")].contains(next)
        else { return nil }
        return rest.startIndex
    }
}
