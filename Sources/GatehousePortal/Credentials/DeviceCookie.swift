internal import GatehouseCore
internal import GatehouseCrypto

/// What a browser keeps to show that people signed in with it before: its own random id, and a tag for each name.
///
/// It opens no door. Whoever shows it has a budget of attempts of their own for those names, so that strangers cannot use up
/// the owner's, and is no new device. Nothing in it can be read or made up without the key.
struct DeviceCookie: Sendable {
    /// 16 random octets.
    private let id: [UInt8]
    /// 16 octets for each name, the latest first.
    private let tags: [[UInt8]]

    /// The most names of one browser.
    static let maxNames = 8
    private static let length = 16

    /// A browser that nobody signed in with.
    init?() {
        guard let id = try? SystemRandom.octets(DeviceCookie.length) else { return nil }
        self.init(id: id, tags: [])
    }

    /// Takes what `text` gives; `nil` for anything else.
    init?(parsing text: [UInt8]) {
        guard let octets = Base64URL.decode(text.span), octets.count % DeviceCookie.length == 0,
            (2...(DeviceCookie.maxNames + 1)).contains(octets.count / DeviceCookie.length)
        else { return nil }
        let parts = stride(from: 0, to: octets.count, by: DeviceCookie.length).map {
            Array(octets[$0..<($0 + DeviceCookie.length)])
        }
        self.init(id: parts[0], tags: Array(parts.dropFirst()))
    }

    private init(id: [UInt8], tags: [[UInt8]]) {
        self.id = id
        self.tags = tags
    }

    /// The device's id, if the name signed in with it before.
    func id(for name: [UInt8], _ key: TagKey) -> Octets16? {
        guard let tag = try? key.tag(of: id, name), tags.contains(where: { ConstantTime.equal($0, tag) }) else {
            return nil
        }
        return Octets16(prefix: id.span)
    }

    /// The same device after the name signed in with it.
    func remembering(_ name: [UInt8], _ key: TagKey) -> DeviceCookie {
        guard let tag = try? key.tag(of: id, name) else { return self }
        let others = tags.filter { $0 != tag }.prefix(DeviceCookie.maxNames - 1)
        return DeviceCookie(id: id, tags: [tag] + others)
    }

    var text: String { String(decoding: Base64URL.encode(id + tags.flatMap(\.self)), as: UTF8.self) }
}
