internal import GatehouseCore
internal import GatehouseFormats

/// What the text of a variable is where something else than a text or a number is wanted.
extension TOMLValue {
    /// Whether it is a variable that begins like a table of TOML.
    var isSpelledTable: Bool { opening(UInt8(ascii: "{")) != nil }

    /// Whether it is a variable that begins like a list of TOML, which no address like `[::1]:9180` does.
    var isSpelledList: Bool {
        guard let next = opening(UInt8(ascii: "[")) else { return false }
        return "\"'[]".utf8.contains(next)
    }

    /// The value that a variable's text is in TOML; `nil` if it is none.
    var spelled: TOMLValue? {
        guard case .override(let text) = content else { return nil }
        do {
            let root = TOMLValue(try TOMLDocument(Array("value = \(text)\n".utf8)).root)
            // A text of several lines could bring keys of its own.
            guard case .table(let entries) = root.content, entries.count == 1 else { return nil }
            return root.value(for: "value")?.moved(to: place)
        } catch {
            return nil
        }
    }

    /// The same with one place for everything in it.
    private func moved(to place: Place) -> TOMLValue {
        switch content {
        case .table(let entries):
            TOMLValue(
                content: .table(entries.map { Entry(key: $0.key, value: $0.value.moved(to: place)) }), place: place)
        case .array(let values): TOMLValue(content: .array(values.map { $0.moved(to: place) }), place: place)
        default: TOMLValue(content: content, place: place)
        }
    }

    /// The first octet that is no blank after an opening one at the beginning; 0 at the end; `nil` for another beginning.
    private func opening(_ octet: UInt8) -> UInt8? {
        guard case .override(let text) = content else { return nil }
        let rest = text.utf8.drop { $0 == 0x20 }
        guard rest.first == octet else { return nil }
        return rest.dropFirst().first { $0 != 0x20 } ?? 0
    }
}
