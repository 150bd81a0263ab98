internal import GatehouseCore

/// Names and values as a form has them, `application/x-www-form-urlencoded`, and as a query has them.
enum FormText {
    /// One text: what is not unreserved is `%XX`, and a blank `+`.
    static func encoded(_ text: some Sequence<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        for octet in text {
            if octet == 0x20 {
                octets.append(UInt8(ascii: "+"))
            } else {
                ASCII.appendPercentEncoded(CollectionOfOne(octet), to: &octets)
            }
        }
        return octets
    }

    static func encoded(_ text: String) -> String { String(decoding: encoded(text.utf8), as: UTF8.self) }

    static func form(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        Array(parameters.map { "\($0.name)=\(encoded($0.value))" }.joined(separator: "&").utf8)
    }

    /// An address with parameters, which follow those that it has (RFC 6749, section 3.1).
    ///
    /// Blanks are `%20`, which every reader of a query knows.
    static func address(_ base: String, with parameters: [(name: String, value: String)]) -> String {
        let query = parameters.map { parameter in
            var value: [UInt8] = []
            ASCII.appendPercentEncoded(parameter.value.utf8, to: &value)
            return "\(parameter.name)=\(String(decoding: value, as: UTF8.self))"
        }.joined(separator: "&")
        guard let question = base.utf8.firstIndex(of: UInt8(ascii: "?")) else { return "\(base)?\(query)" }
        let isOpen = base.utf8.index(after: question) == base.utf8.endIndex || base.utf8.last == UInt8(ascii: "&")
        return "\(base)\(isOpen ? "" : "&")\(query)"
    }
}
