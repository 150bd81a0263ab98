internal import GatehouseCore
internal import GatehouseFormats

/// What Apple tells of a person beside the code, once, through the browser: nobody signed it, so that it names and proves nothing.
enum AppleUser {
    /// The name to show, of `{"name": {"firstName": …, "lastName": …}}`.
    static func name(_ text: UTF8Text) -> UTF8Text? {
        guard text.bytes.count <= 4_096, let value = try? JSONValue(parsing: text.bytes), let name = value["name"]
        else { return nil }
        let parts = [name["firstName"], name["lastName"]].compactMap { $0?.text }.filter { !$0.isEmpty }
        return parts.isEmpty ? nil : UTF8Text(wellFormed: Array(parts.map(\.bytes).joined(separator: [0x20])))
    }
}
