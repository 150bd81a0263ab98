package import GatehouseCore

/// The place a check was sent to.
package struct Endpoint: Sendable {
    package let contract: Contract
    /// Its place in `Contract.all`.
    package let contractIndex: Int
    /// The application that the proxy's configuration pins (`/auth/request/NAME`).
    package let pinned: ApplicationName?
    /// Where in the target the client's own begins, for contracts that have it there.
    let targetStart: Int

    /// Takes the target of a check request; its query is the client's own, or ignored.
    ///
    /// - Returns: `nil` for a target that is no endpoint: 404.
    package init?(target: Span<UInt8>) {
        let path = target.extracting(0..<(target.firstIndex(of: UInt8(ascii: "?")) ?? target.count))
        for index in Contract.all.indices {
            switch Endpoint.reading(of: path, by: Contract.all[index]) {
            case .otherwise: continue
            case .nowhere: return nil
            case .here(let name, let start):
                contract = Contract.all[index]
                contractIndex = index
                pinned = name
                targetStart = start
                return
            }
        }
        return nil
    }

    /// What a path is to one contract.
    private enum Reading {
        /// It begins otherwise.
        case otherwise
        /// It begins like the endpoint and is none: of no other contract, either.
        case nowhere
        case here(pinned: ApplicationName?, targetStart: Int)
    }

    private static func reading(of path: Span<UInt8>, by contract: Contract) -> Reading {
        switch contract.clientTarget {
        case .headers:
            guard let start = end(of: contract.endpoint, in: path) else { return .otherwise }
            guard start < path.count else { return .here(pinned: nil, targetStart: start) }
            guard let name = applicationName(path.extracting((start + 1)..<path.count)) else { return .nowhere }
            return .here(pinned: name, targetStart: path.count)
        case .endpoint(let pinned):
            if let start = end(of: contract.endpoint, in: path) {
                return start < path.count ? .here(pinned: nil, targetStart: start) : .nowhere
            }
            guard let start = end(of: pinned, in: path) else { return .otherwise }
            guard start < path.count, let slash = path.firstIndex(of: UInt8(ascii: "/"), from: start + 1),
                let name = applicationName(path.extracting((start + 1)..<slash))
            else { return .nowhere }
            return .here(pinned: name, targetStart: slash)
        }
    }

    /// Where a path goes on behind a name: at its end or a slash.
    ///
    /// - Returns: `nil` if it begins otherwise; longer names may begin like this one.
    private static func end(of name: StaticString, in path: Span<UInt8>) -> Int? {
        let length = name.utf8CodeUnitCount
        guard path.count >= length, path.extracting(0..<length).equals(name) else { return nil }
        return path.count == length || path[length] == UInt8(ascii: "/") ? length : nil
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
