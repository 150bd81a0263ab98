internal import GatehouseCore

extension TableReader {
    /// A list of texts; in the environment they are separated by commas.
    func strings(_ name: String) -> [Found<String>]? {
        note(name, .texts)
        return elements(name)?.whole { element in
            guard case .string(let text) = element.content else {
                log.add(element.place, key(name), "must be a list of texts, has \(element.seen) in it")
                return nil
            }
            return printable(Found(value: text, place: element.place, key: key(name)))
        }
    }

    /// A list of which each element is a text or a list of texts, which is not empty.
    func alternatives(_ name: String) -> [[Found<String>]]? {
        note(name, .textsOrLists)
        return elements(name)?.whole { element in
            let parts: [TOMLValue]
            switch element.content {
            case .array(let values): parts = values
            default: parts = [element]
            }
            guard !parts.isEmpty else {
                log.add(element.place, key(name), "has an empty list in it")
                return nil
            }
            return parts.whole { part in
                guard case .string(let text) = part.content else {
                    log.add(
                        part.place, key(name), "must be a list of texts and of lists of texts, has \(part.seen) in it")
                    return nil
                }
                return printable(Found(value: text, place: part.place, key: key(name)))
            }
        }
    }

    /// The elements of a list; of a variable of the environment that is not written like a list of TOML, texts.
    private func elements(_ name: String) -> [TOMLValue]? {
        guard var value = value(name) else { return nil }
        if value.isSpelledList {
            guard let list = value.spelled else {
                log.add(value.place, key(name), "begins like a list of TOML and is none, is \(value.seen)")
                return nil
            }
            value = list
        }
        switch value.content {
        case .array(let values): return values
        case .override(let text):
            return text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true).map { part in
                let trimmed = part.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
                return TOMLValue(
                    content: .string(String(decoding: Array(trimmed), as: UTF8.self)), place: value.place)
            }
        default:
            log.add(value.place, key(name), "must be a list like [\"…\"], is \(value.seen)")
            return nil
        }
    }
}

extension [TOMLValue] {
    /// What became of each element; `nil` if one could not be read, after all of them were tried.
    fileprivate func whole<Result>(_ read: (TOMLValue) -> Result?) -> [Result]? {
        let results = map(read)
        return results.contains { $0 == nil } ? nil : results.compactMap(\.self)
    }
}
