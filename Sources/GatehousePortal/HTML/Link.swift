internal import GatehouseCore

/// An address that a page may point to: a page of the portal, or a checked return address.
struct Link: Hashable, Sendable {
    /// Printable ASCII.
    let text: String

    /// A place that was checked.
    init(_ address: ReturnAddress) { text = address.text }

    /// Whom people can turn to, as the configuration names it.
    init(_ contact: Contact) { text = contact.link }

    /// A page elsewhere to which a browser is sent by what a provider says of itself; `nil` for anything but an address of http or
    /// https in printable ASCII.
    init?(elsewhere url: String) {
        let octets = Array(url.utf8)
        guard octets.count <= Link.mostOctets,
            octets.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            let (_, start) = Origin.splitScheme(octets.span), start < octets.count
        else { return nil }
        text = url
    }

    /// Of an address elsewhere.
    private static let mostOctets = 24_576

    /// A path below the portal's address, with a query whose names and values are ASCII that needs no more escaping.
    ///
    /// Pages that are shown under another host need absolute links.
    init(
        path: String, query: [(name: StaticString, value: String)] = [], of portal: PortalAddress,
        isAbsolute: Bool = false
    ) {
        var text = (isAbsolute ? portal.description : portal.prefix) + path
        var separator = "?"
        for (name, value) in query {
            text += "\(separator)\(name)=\(value)"
            separator = "&"
        }
        self.text = text
    }

    /// Whether the head of an answer can hold it: proxies take 4 KiB, of which cookies need their share.
    var isShort: Bool { text.utf8.count <= 1_800 }
}
