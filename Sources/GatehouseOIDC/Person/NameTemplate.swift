package import GatehouseCore
internal import GatehouseFormats

/// How a name here is made of claims, like `{preferred_username}@{provider}`.
package struct NameTemplate: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case text([UInt8])
        case claim(UTF8Text)
        case provider
    }

    private let parts: [Part]

    /// Reads a template: names of claims in braces, `{provider}` for the provider's name here, everything else as it is.
    ///
    /// - Returns: `nil` for braces that do not match or hold nothing, and for a template without any claim: everybody would have the
    ///   same name.
    package init?(parsing template: UTF8Text) {
        var parts: [Part] = []
        var rest = template.bytes[...]
        while let first = rest.first {
            guard first == UInt8(ascii: "{") else {
                let text = rest.prefix { $0 != UInt8(ascii: "{") }
                guard !text.contains(UInt8(ascii: "}")) else { return nil }
                parts.append(.text(Array(text)))
                rest = rest[text.endIndex...]
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")),
                let name = UTF8Text(validating: Array(rest[(rest.startIndex + 1)..<end])),
                !name.isEmpty, !name.bytes.contains(UInt8(ascii: "{"))
            else { return nil }
            parts.append(name == "provider" ? .provider : .claim(name))
            rest = rest[(end + 1)...]
        }
        guard parts.contains(where: { if case .claim = $0 { true } else { false } }) else { return nil }
        self.parts = parts
    }

    /// Whether names hold the provider's own, so that nobody has the name of somebody from elsewhere.
    package var namesProvider: Bool { parts.contains(.provider) }

    /// The claims that it asks for.
    package var claims: [UTF8Text] {
        parts.compactMap { if case .claim(let name) = $0 { name } else { nil } }
    }

    /// The name; `nil` if a claim is missing, empty or no text.
    func name(from claims: PersonClaims, provider: UTF8Text) -> UTF8Text? {
        var name: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let octets): name += octets
            case .provider: name += provider.bytes
            case .claim(let claim):
                guard let text = claims[[claim]]?.text, !text.isEmpty else { return nil }
                name += text.bytes
            }
        }
        return UTF8Text(validating: name)
    }
}
