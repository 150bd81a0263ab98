internal import GatehouseCore

/// A piece of HTML in which everything from outside is escaped by construction.
///
/// Markup can only be written as a literal in the source; every other text goes through `text` or an attribute, which
/// escape.
/// Addresses go through `Link`, which no script can be written as.
struct HTML: Sendable, ExpressibleByStringLiteral {
    private(set) var bytes: [UInt8] = []

    init() {}

    /// Takes markup as it stands in the source: a literal cannot hold anything from outside.
    init(stringLiteral markup: StaticString) { bytes = Array(markup.description.utf8) }

    /// The text, escaped.
    static func text(_ text: String) -> HTML { escaped(text.utf8) }
    static func text(_ text: UTF8Text) -> HTML { escaped(text.bytes) }

    /// A name that somebody chose: escaped, and its writing direction kept from spilling over.
    static func name(_ text: UTF8Text) -> HTML { tag("bdi") { HTML.text(text) } }

    private static func escaped(_ octets: some Sequence<UInt8>) -> HTML {
        var html = HTML()
        html.appendEscaped(octets)
        return html
    }

    mutating func append(_ other: HTML) { bytes += other.bytes }

    fileprivate mutating func appendRaw(_ text: StaticString) { bytes += text.description.utf8 }

    /// Escapes for text and for double-quoted attributes alike; control characters, which HTML forbids, become U+FFFD.
    fileprivate mutating func appendEscaped(_ octets: some Sequence<UInt8>) {
        for octet in octets {
            switch octet {
            case UInt8(ascii: "&"): appendRaw("&amp;")
            case UInt8(ascii: "<"): appendRaw("&lt;")
            case UInt8(ascii: ">"): appendRaw("&gt;")
            case UInt8(ascii: "\""): appendRaw("&quot;")
            case UInt8(ascii: "'"): appendRaw("&#39;")
            case 0x09, 0x0A, 0x20..<0x7F, 0x80...: bytes.append(octet)
            default: appendRaw("\u{FFFD}")
            }
        }
    }
}

/// An element with its content.
func tag(_ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML) -> HTML {
    tag(name, attributes, content: content)
}

func tag(_ name: StaticString, _ attributes: [Attribute], @HTMLBuilder content: () -> HTML) -> HTML {
    var html = HTML.opening(name, attributes)
    html.append(content())
    html.appendRaw("</")
    html.appendRaw(name)
    html.appendRaw(">")
    return html
}

/// An element that has no content, such as `input`.
func tag(_ name: StaticString, _ attributes: Attribute...) -> HTML { HTML.opening(name, attributes) }
func tag(_ name: StaticString, _ attributes: [Attribute]) -> HTML { HTML.opening(name, attributes) }

extension HTML {
    fileprivate static func opening(_ name: StaticString, _ attributes: [Attribute]) -> HTML {
        var html = HTML()
        html.appendRaw("<")
        html.appendRaw(name)
        for attribute in attributes {
            guard let name = attribute.name else { continue }
            html.appendRaw(" ")
            html.appendRaw(name)
            guard let value = attribute.value else { continue }
            html.appendRaw("=\"")
            html.appendEscaped(value)
            html.appendRaw("\"")
        }
        html.appendRaw(">")
        return html
    }
}

/// An attribute; its value is escaped, and only a `Link` becomes an address.
struct Attribute {
    fileprivate let name: StaticString?
    fileprivate let value: [UInt8]?

    /// An attribute whose value stands in the source.
    init(_ name: StaticString, _ value: StaticString) {
        self.init(name: name, value: Array(value.description.utf8))
    }

    /// An attribute without value, such as `required`.
    static func flag(_ name: StaticString, _ isSet: Bool = true) -> Attribute {
        Attribute(name: isSet ? name : nil, value: nil)
    }

    static func `class`(_ name: StaticString) -> Attribute { Attribute("class", name) }
    static func value(_ text: [UInt8]) -> Attribute { Attribute(name: "value", value: text) }
    static func value(_ text: String) -> Attribute { Attribute(name: "value", value: Array(text.utf8)) }
    static func href(_ link: Link) -> Attribute { Attribute(name: "href", value: Array(link.text.utf8)) }
    static func src(_ link: Link) -> Attribute { Attribute(name: "src", value: Array(link.text.utf8)) }
    /// The content of a `refresh` that goes on at once.
    static func refresh(_ link: Link) -> Attribute {
        Attribute(name: "content", value: Array("0; url=\(link.text)".utf8))
    }
    static func action(_ link: Link) -> Attribute { Attribute(name: "action", value: Array(link.text.utf8)) }

    private init(name: StaticString?, value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// Puts pieces one after another.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildBlock(_ parts: HTML...) -> HTML { buildArray(parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? HTML() }
    static func buildEither(first part: HTML) -> HTML { part }
    static func buildEither(second part: HTML) -> HTML { part }
    static func buildArray(_ parts: [HTML]) -> HTML {
        var html = HTML()
        for part in parts { html.append(part) }
        return html
    }
}
