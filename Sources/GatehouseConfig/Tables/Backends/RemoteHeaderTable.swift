package import GatehouseCore

/// `[[backend]]` with `type = "remote-header"`: somebody in front of the portal says who it is.
package struct RemoteHeaderTable: Sendable {
    /// The header's name in lower case.
    package let header: String
    package let networks: [Network]
    package let subject: RemoteSubject
    /// Whether somebody who is not in the database is added to it.
    package let createsUnknown: Bool

    /// What sets the header and takes it out of what browsers send, in the operator's words; `nil` if they did not say.
    package let setBy: String?
    let networksPlace: Place

    /// `nil` after a problem.
    init?(_ table: TableReader) {
        let header = table.string("header")
        if header == nil, table.value("header") == nil {
            table.require("header", "the name of the header, like \"X-Remote-User\"")
        }
        networks = RemoteHeaderTable.networks(table)
        subject = table.choice("subject", RemoteSubject.self) ?? .name
        setBy = RemoteHeaderTable.setBy(table)
        networksPlace = table.value("trusted_proxies")?.place ?? table.place
        createsUnknown = table.boolean("create_unknown")?.value ?? false
        guard let header else { return nil }
        let bytes = Array(header.value.utf8)
        guard (1...64).contains(bytes.count),
            bytes.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else {
            table.log.add(header, "must be a header's name of letters, digits and -, is \(header.seen)")
            return nil
        }
        let name = String(decoding: bytes.map { ASCII.lowercased($0) }, as: UTF8.self)
        guard !["cookie", "host", "authorization", "origin", "x-forwarded-for"].contains(name) else {
            table.log.add(header, "must be a header that nothing else uses, is \(header.seen)")
            return nil
        }
        self.header = name
    }

    private static func setBy(_ table: TableReader) -> String? {
        guard let text = table.string("set_by") else { return nil }
        guard !OuterBlanks.removed(from: text.value).isEmpty, text.value.utf8.count <= 200 else {
            table.log.add(
                text,
                "must say in 1 to 200 octets what sets the header and takes it out of what browsers send, is \(text.seen)"
            )
            return nil
        }
        return text.value
    }

    /// Nobody is trusted by default: whoever is can sign in as anybody.
    private static func networks(_ table: TableReader) -> [Network] {
        guard let networks = table.networks("trusted_proxies") else {
            if table.value("trusted_proxies") == nil {
                table.require(
                    "trusted_proxies",
                    "the networks of the proxies that set the header and remove it from what clients send; [] for a Unix "
                        + "socket only")
            }
            return []
        }
        return networks
    }
}
