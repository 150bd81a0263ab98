internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOIDC

/// What a browser keeps to show that people signed in with it before: its own random id, and two tags for each name.
///
/// It opens no door. Whoever shows it has a budget of attempts of their own for those names, so that strangers cannot use up
/// the owner's, and is no new device. Nothing in it can be read or made up without the key. It ends with the password that was
/// signed in with: whoever knew an older one guesses at the new one as a stranger does.
struct DeviceCookie: Sendable {
    /// 16 random octets.
    private let id: [UInt8]
    /// Those who signed in, the latest first.
    private let entries: [Entry]

    /// Two tags of eight octets: enough for what gives no more than some attempts, and both fit where one of 16 would.
    private struct Entry {
        /// By which it is known, without a look at the account, whether there is anything to look for.
        let name: [UInt8]
        /// Of the name and its password.
        let credential: [UInt8]
    }

    /// The most names of one browser.
    static let maxNames = 8
    private static let length = 16
    private static let tagLength = 8

    /// A browser that nobody signed in with.
    init?() {
        guard let id = try? SystemRandom.octets(DeviceCookie.length) else { return nil }
        self.init(id: id, entries: [])
    }

    /// Takes what `text` gives; `nil` for anything else.
    init?(parsing text: [UInt8]) {
        guard let octets = Base64URL.decode(text.span), octets.count % DeviceCookie.length == 0,
            (2...(DeviceCookie.maxNames + 1)).contains(octets.count / DeviceCookie.length)
        else { return nil }
        let parts = stride(from: 0, to: octets.count, by: DeviceCookie.length).map {
            Array(octets[$0..<($0 + DeviceCookie.length)])
        }
        self.init(
            id: parts[0],
            entries: parts.dropFirst().map {
                Entry(
                    name: Array($0.prefix(DeviceCookie.tagLength)),
                    credential: Array($0.dropFirst(DeviceCookie.tagLength)))
            })
    }

    private init(id: [UInt8], entries: [Entry]) {
        self.id = id
        self.entries = entries
    }

    /// Whether the name signed in with it before, with whatever password.
    func knows(_ name: [UInt8], _ key: TagKey) -> Bool {
        guard let tag = tag(name, key) else { return false }
        return entries.contains { ConstantTime.equal($0.name, tag) }
    }

    /// The device's id, if the name signed in with it before and one of these passwords (`Identity.credential`) was the one.
    func id(for name: [UInt8], _ credentials: [Octets16?], _ key: TagKey) -> Octets16? {
        guard let nameTag = tag(name, key) else { return nil }
        let tags = credentials.compactMap { tag(name, $0, key) }
        let isKnown = entries.contains { entry in
            ConstantTime.equal(entry.name, nameTag)
                && tags.contains { ConstantTime.equal(entry.credential, $0) }
        }
        return isKnown ? Octets16(prefix: id.span) : nil
    }

    /// The same device after the name signed in with it; what it held for an older password goes.
    func remembering(_ name: [UInt8], _ credential: Octets16?, _ key: TagKey) -> DeviceCookie {
        guard let nameTag = tag(name, key), let credentialTag = tag(name, credential, key) else { return self }
        let others = entries.filter { $0.name != nameTag }.prefix(DeviceCookie.maxNames - 1)
        return DeviceCookie(id: id, entries: [Entry(name: nameTag, credential: credentialTag)] + others)
    }

    // MARK: - Marks

    /// What a browser was used for besides, kept like a name: none can be typed as one, since its first octet is in no text.
    enum Mark: Equatable, Sendable {
        case provider(ProviderName)
        /// Somebody signed out, which no page undoes by itself.
        case signedOut

        fileprivate var name: [UInt8] {
            switch self {
            case .provider(let name): [0xFF] + Array("provider ".utf8) + name.text.bytes
            case .signedOut: [0xFF] + Array("signed out".utf8)
            }
        }
    }

    /// The one of some marks that was made last.
    func last(of marks: [Mark], _ key: TagKey) -> Mark? {
        let tags = marks.map { tag($0.name, key) }
        for entry in entries {
            if let index = tags.firstIndex(where: { tag in tag.map { ConstantTime.equal($0, entry.name) } ?? false }) {
                return marks[index]
            }
        }
        return nil
    }

    func marking(_ mark: Mark, _ key: TagKey) -> DeviceCookie { remembering(mark.name, nil, key) }

    func without(_ mark: Mark, _ key: TagKey) -> DeviceCookie {
        let tag = tag(mark.name, key)
        return DeviceCookie(id: id, entries: entries.filter { $0.name != tag })
    }

    var text: String {
        String(decoding: Base64URL.encode(id + entries.flatMap { $0.name + $0.credential }), as: UTF8.self)
    }

    private func tag(_ name: [UInt8], _ key: TagKey) -> [UInt8]? {
        (try? key.tag(of: id, name)).map { Array($0.prefix(DeviceCookie.tagLength)) }
    }

    private func tag(_ name: [UInt8], _ credential: Octets16?, _ key: TagKey) -> [UInt8]? {
        (try? key.tag(of: id, name, credential?.octets ?? [])).map { Array($0.prefix(DeviceCookie.tagLength)) }
    }
}
