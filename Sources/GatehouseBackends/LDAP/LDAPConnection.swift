private import CLDAP
internal import GatehouseCore
private import Glibc

/// One connection to a directory: used by one thread at a time, and closed by whoever has it last.
///
/// Everything here blocks, until the deadline at the longest.
@safe struct LDAPConnection: ~Copyable {
    private let handle: UnsafeMutableRawPointer
    private let deadline: LDAPDeadline

    static var isAvailable: Bool { gatehouse_ldap_open() }
    static var libraryMissing: String { unsafe String(cString: gatehouse_ldap_missing()) }

    /// Connects to one server, which proves its name where the connection is encrypted.
    init(_ settings: LDAPSettings, _ server: LDAPAddress, until deadline: LDAPDeadline) throws(LDAPFailure) {
        // libldap would ask a server called "localhost" for this machine's other name.
        let isNameOurs = server.isLocalhost && (server.isEncrypted || settings.startsTLS)
        let milliseconds = try deadline.milliseconds()
        var connection: UnsafeMutableRawPointer?
        let code = unsafe server.described(settings, milliseconds) { described in
            unsafe described.leaves_name_to_caller = isNameOurs
            return unsafe gatehouse_ldap_connect(&described, &connection)
        }
        guard code == 0, let connection = unsafe connection else { throw LDAPFailure(code: Int(code)) }
        guard !isNameOurs || server.isShownBy(unsafe LDAPConnection.certificate(connection)) else {
            unsafe gatehouse_ldap_close(connection)
            throw LDAPFailure(code: GATEHOUSE_LDAP_CONNECT_ERROR)
        }
        unsafe handle = connection
        self.deadline = deadline
    }

    /// The certificate of the server, as DER; none in the clear.
    @unsafe private static func certificate(_ connection: UnsafeMutableRawPointer) -> [UInt8] {
        var (octets, length) = unsafe (UnsafeMutablePointer<UInt8>?.none, 0)
        guard unsafe gatehouse_ldap_certificate(connection, &octets, &length) else { return [] }
        defer { unsafe free(octets) }
        return unsafe Array(UnsafeBufferPointer(start: octets, count: length))
    }

    /// Takes a connection back that was put aside.
    init(_ idle: Idle, until deadline: LDAPDeadline) throws(LDAPFailure) {
        guard let pointer = unsafe UnsafeMutableRawPointer(bitPattern: idle.address) else {
            throw LDAPFailure(code: Int(GATEHOUSE_LDAP_NO_LIBRARY))
        }
        unsafe handle = pointer
        self.deadline = deadline
    }

    deinit { unsafe gatehouse_ldap_close(handle) }

    /// Whether the server has said nothing since the last answer: neither that it is gone nor that it will be (RFC 4511,
    /// section 4.4.1).
    var isQuiet: Bool { unsafe gatehouse_ldap_is_quiet(handle) }

    /// A connection that nobody uses, in a form that may cross threads.
    struct Idle: Sendable {
        fileprivate let address: UInt
        let since: ContinuousClock.Instant

        /// Closes it.
        consuming func close() { unsafe gatehouse_ldap_close(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Puts the connection aside, still open.
    consuming func putAside() -> Idle {
        let idle = Idle(address: UInt(bitPattern: unsafe handle), since: .now)
        discard self
        return idle
    }

    /// A simple bind.
    ///
    /// - Returns: whether the password is right and nothing else is in the way; never for an empty one, which directories take
    ///   for anonymity (RFC 4513, section 5.1.2).
    func bind(_ name: String, _ password: [UInt8]) throws(LDAPFailure) -> Bool {
        try answer(toBinding: name, password) == .accepted
    }

    /// A simple bind, and what the directory says to it.
    ///
    /// - Throws: `LDAPFailure` for what says nothing about the person: an outage of the server, or a setting.
    func answer(toBinding name: String, _ password: [UInt8]) throws(LDAPFailure) -> LDAPBindAnswer {
        guard !password.isEmpty || name.isEmpty else { return .wrong }
        // A password without a name is anonymity, too: a directory says yes to any.
        guard password.isEmpty || !name.isEmpty else { throw LDAPFailure(reason: "there is no name to bind with") }
        let milliseconds = try deadline.milliseconds()
        var remark = gatehouse_ldap_remark()
        let code = unsafe password.withUnsafeBufferPointer { octets in
            unsafe octets.withMemoryRebound(to: CChar.self) { octets in
                unsafe name.withCString {
                    unsafe gatehouse_ldap_bind(handle, $0, octets.baseAddress, octets.count, milliseconds, &remark)
                }
            }
        }
        let isSuccess = Int(code) == GATEHOUSE_LDAP_SUCCESS
        let policy = LDAPBindAnswer(policyError: Int(remark.policy_error), isSuccess: isSuccess)
        let text = unsafe withUnsafeBytes(of: &remark.text) { unsafe Array($0.prefix(remark.length)) }
        switch Int(code) {
        case GATEHOUSE_LDAP_SUCCESS: return policy ?? .accepted
        case GATEHOUSE_LDAP_INVALID_CREDENTIALS: return policy ?? LDAPBindAnswer(activeDirectory: text)
        // No password at all, locked, disabled, nobody or no name, in the words of several servers.
        case GATEHOUSE_LDAP_INAPPROPRIATE_AUTH, GATEHOUSE_LDAP_CONSTRAINT, GATEHOUSE_LDAP_NO_SUCH_OBJECT,
            GATEHOUSE_LDAP_INVALID_NAME:
            return policy ?? .wrong
        case GATEHOUSE_LDAP_UNWILLING where remark.policy_error >= 0 || LDAPBindAnswer.isAboutAccount(text):
            return policy ?? .wrong
        // For the log alone: what is left out of them depends on the password.
        default: throw LDAPFailure(code: Int(code), words: LDAPText.words(text, without: password))
        }
    }

    /// Who the server takes this connection for (RFC 4532), like `dn:uid=alice,dc=example,dc=com` or `u:EXAMPLE\alice`.
    ///
    /// - Returns: `nil` for nobody, or where the server does not say.
    func whoAmI() throws(LDAPFailure) -> [UInt8]? {
        let milliseconds = try deadline.milliseconds()
        let found = Found()
        let context = unsafe Unmanaged.passUnretained(found).toOpaque()
        let code = withExtendedLifetime(found) {
            unsafe gatehouse_ldap_who_am_i(
                handle, milliseconds,
                { context, _, octets, length in
                    guard let context = unsafe context, let start = unsafe octets else { return false }
                    return unsafe Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
                        .add(nil, Array(UnsafeRawBufferPointer(start: start, count: length)))
                }, context)
        }
        guard code >= 0, Int(code) < GATEHOUSE_LDAP_STOPPED else { throw LDAPFailure(code: Int(code)) }
        return found.entries.first?.name
    }

    /// The entries below a base that a filter matches, with some of their attributes.
    ///
    /// - Parameters:
    ///   - base: where to look.
    ///   - isEntry: whether only the entry `base` itself is looked at.
    ///   - filter: as in RFC 4515.
    ///   - attributes: those that are wanted.
    ///   - limit: the most entries.
    /// - Returns: all of them; none for an entry that is not there. What the server gave only a part of is `entry.partial`.
    /// - Throws: `LDAPFailure`, also for a base that is not there, for more than `limit` entries, or more than 16 MiB.
    func found(
        below base: String, isEntry: Bool = false, matching filter: String, _ attributes: [String], limit: Int
    ) throws(LDAPFailure) -> [LDAPEntry] {
        var names = unsafe attributes.map { unsafe UnsafePointer(strdup($0)) } + [nil]
        defer { unsafe names.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        let milliseconds = try deadline.milliseconds()
        let found = Found()
        let context = unsafe Unmanaged.passUnretained(found).toOpaque()
        let code = withExtendedLifetime(found) {
            unsafe names.withUnsafeMutableBufferPointer { names in
                unsafe gatehouse_ldap_search(
                    handle, base, isEntry, filter, UnsafePointer(names.baseAddress), Int32(clamping: limit),
                    milliseconds,
                    { context, attribute, octets, length in
                        guard let context = unsafe context else { return false }
                        let found = unsafe Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
                        let name = unsafe attribute.map { unsafe String(cString: $0) }
                        guard let start = unsafe octets else { return found.add(name, []) }
                        return found.add(
                            name, unsafe Array(UnsafeRawBufferPointer(start: start, count: length)))
                    }, context)
            }
        }
        switch Int(code) {
        case GATEHOUSE_LDAP_SUCCESS:
            return found.entries
        case GATEHOUSE_LDAP_NO_SUCH_OBJECT where isEntry: return []
        case GATEHOUSE_LDAP_NO_SUCH_OBJECT: throw LDAPFailure(reason: "there is no \(base), or bind_dn may not see it")
        case GATEHOUSE_LDAP_SIZE_LIMIT: throw LDAPFailure(reason: "the search found more than \(limit) entries")
        case GATEHOUSE_LDAP_STOPPED: throw LDAPFailure(reason: "the search found more than 16 MiB")
        default: throw LDAPFailure(code: Int(code))
        }
    }

    /// Where the callback of a search puts what it is told.
    private final class Found {
        private(set) var entries: [LDAPEntry] = []
        private var octets = 0

        func add(_ attribute: String?, _ value: [UInt8]) -> Bool {
            octets += value.count + 64
            guard octets <= 16 << 20 else { return false }
            guard let attribute else {
                entries.append(LDAPEntry(name: value))
                return true
            }
            guard !entries.isEmpty else { return false }
            entries[entries.count - 1].add(attribute, value)
            return true
        }
    }
}

/// An entry of a directory.
struct LDAPEntry: Sendable {
    /// Its distinguished name.
    let name: [UInt8]
    /// By names in lower case; `attribute;option` is the attribute.
    private var values: [String: [[UInt8]]] = [:]

    init(name: [UInt8]) { self.name = name }

    subscript(_ attribute: String) -> [[UInt8]] { values[LDAPEntry.key(attribute)] ?? [] }

    /// An attribute of which the server gave only some values (MS-ADTS 3.1.1.3.1.3.3), and where the others begin.
    private(set) var partial: (attribute: String, next: Int)?

    mutating func add(_ attribute: String, _ value: [UInt8]) {
        let key = LDAPEntry.key(attribute)
        values[key, default: []].append(value)
        let options = attribute.utf8.dropFirst(key.utf8.count).map { ASCII.lowercased($0) }
        guard options.starts(with: ";range=".utf8), let last = options.lastIndex(of: UInt8(ascii: "-")) else { return }
        let end = String(decoding: options[(last + 1)...], as: UTF8.self)
        partial = Int(end).map { (key, $0 &+ 1) }
    }

    /// Adds what another look at the same entry brought.
    mutating func add(_ rest: LDAPEntry, of attribute: String) {
        values[LDAPEntry.key(attribute), default: []] += rest[attribute]
        partial = rest.partial
    }

    private static func key(_ attribute: String) -> String {
        String(
            decoding: attribute.utf8.prefix { $0 != UInt8(ascii: ";") }.map { ASCII.lowercased($0) }, as: UTF8.self)
    }
}
