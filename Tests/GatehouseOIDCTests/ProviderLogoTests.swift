import Testing

@testable import GatehouseOIDC

/// A file that cannot stand on a button, and what is said of it.
struct UnusableLogo: Sendable, CustomTestStringConvertible {
    let octets: [UInt8]
    let words: String

    init(_ text: String, _ words: String) { self.init(Array(text.utf8), words) }
    init(_ octets: [UInt8], _ words: String) {
        self.octets = octets
        self.words = words
    }

    var testDescription: String { words }
}

@Suite("The sign of a provider")
struct ProviderLogoTests {
    private static let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path d=\"M0 0h1\"/></svg>"

    /// The head and the end of a PNG, with nothing between.
    private static func png(width: [UInt8] = [0, 0, 4, 0], height: [UInt8] = [0, 0, 0, 1]) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + width + height
            + [8, 6, 0, 0, 0, 1, 2, 3, 4] + [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
    }

    @Test(
        "is an SVG with whatever XML has before it",
        arguments: [
            "", "\u{FEFF}", "\n \t\r", "<?xml version=\"1.0\"?>\n", "<!-- by somebody > -->",
            "<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x.dtd\"><!-- -->\n",
        ])
    func pictures(before: String) throws {
        let octets = Array((before + ProviderLogoTests.svg + "\n").utf8)
        let logo = try ProviderLogo(octets)
        #expect(logo.format == .svg && logo.content == octets)
    }

    @Test("may be empty, and may name the format in other quotes")
    func empty() throws {
        #expect(try ProviderLogo(Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)).format == .svg)
    }

    @Test("is a PNG that is not larger than it has to be")
    func raster() throws {
        let octets = ProviderLogoTests.png()
        let logo = try ProviderLogo(octets)
        #expect(logo.format == .png && logo.content == octets)
    }

    static let unusable: [UnusableLogo] = [
        UnusableLogo("", "is neither SVG nor PNG"),
        UnusableLogo("a-secret", "is neither SVG nor PNG"),
        UnusableLogo("<!doctype html><html></html>", "is neither SVG nor PNG"),
        UnusableLogo("<svgx xmlns=\"http://www.w3.org/2000/svg\"/>", "is neither SVG nor PNG"),
        UnusableLogo("<svg", "is neither SVG nor PNG"),
        UnusableLogo("<!-- \(svg)", "is neither SVG nor PNG"),
        UnusableLogo(Array(svg.utf8) + [0xFF], "is neither SVG nor PNG"),
        UnusableLogo(svg + "\0", "is neither SVG nor PNG"),
        UnusableLogo("<svg viewBox=\"0 0 1 1\"></svg>", "without xmlns="),
        UnusableLogo("<svg><a xmlns=\"http://www.w3.org/2000/svg\"/></svg>", "without xmlns="),
        UnusableLogo(String(svg.dropLast(6)), "is an SVG that is not whole"),
        UnusableLogo(svg.replacing("<path", with: "<SCRIPT/><path"), "with <script in it"),
        UnusableLogo(svg.replacing("<path", with: "<foreignObject/><path"), "with <foreignobject in it"),
        UnusableLogo("<!DOCTYPE svg [<!ENTITY a \"b\"> ]>" + svg, "with <!entity in it"),
        UnusableLogo(svg + String(repeating: " ", count: 65_536), "has more than 65536 octets"),
        UnusableLogo([0xFF, 0xD8, 0xFF, 0xE0], "is a JPEG"),
        UnusableLogo("GIF89a", "is a GIF"),
        UnusableLogo("RIFF0000WEBP", "is a WebP"),
        UnusableLogo([0, 0, 1, 0, 1], "is an icon file"),
        UnusableLogo([0x1F, 0x8B, 8], "unpack it"),
        UnusableLogo(Array(png().prefix(8)), "is a PNG that is not whole"),
        UnusableLogo(Array(png().dropLast()), "is a PNG that is not whole"),
        UnusableLogo(png(width: [0, 0, 4, 1]), "has 1025 by 1 pixels"),
        UnusableLogo(png(height: [0, 0, 0, 0]), "has 1024 by 0 pixels"),
        UnusableLogo(png(width: [255, 255, 255, 255]), "has 4294967295 by 1 pixels"),
    ]

    @Test("is nothing else, and what it is instead is said", arguments: unusable)
    func refused(_ file: UnusableLogo) throws {
        let error = #expect(throws: ProviderLogo.Unusable.self) { try ProviderLogo(file.octets) }
        #expect(try #require(error).reason.contains(file.words))
    }
}
