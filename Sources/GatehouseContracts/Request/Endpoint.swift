package import GatehouseCore

/// The place a check was sent to.
package struct Endpoint: Sendable {
    package let contract: Contract
    /// Its place in `Contract.all`.
    package let contractIndex: Int
    /// The application that the proxy's configuration pins (`/auth/request/NAME`).
    package let pinned: ApplicationName?

    /// Takes the target of a check request; its query, which may be the client's own, is ignored.
    ///
    /// - Returns: `nil` for a target that is no endpoint: 404.
    package init?(target: Span<UInt8>) {
        let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let path = target.extracting(0..<end)
        for index in Contract.all.indices {
            let length = Contract.all[index].endpoint.utf8CodeUnitCount
            guard path.count >= length, path.extracting(0..<length).equals(Contract.all[index].endpoint) else {
                continue
            }
            guard path.count > length else {
                contract = Contract.all[index]
                contractIndex = index
                pinned = nil
                return
            }
            // Longer names may begin like this one.
            guard path[length] == UInt8(ascii: "/") else { continue }
            guard let name = Endpoint.applicationName(path.extracting((length + 1)..<path.count)) else { return nil }
            contract = Contract.all[index]
            contractIndex = index
            pinned = name
            return
        }
        return nil
    }

    private static func applicationName(_ text: Span<UInt8>) -> ApplicationName? {
        guard !text.isEmpty, text.count <= 64 else { return nil }
        for index in text.indices {
            let octet = text[index]
            guard ASCII.isAlphanumeric(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_") else {
                return nil
            }
        }
        return ApplicationName(UTF8Text(wellFormed: text.array))
    }
}
