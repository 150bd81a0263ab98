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

    /// Connects where StartTLS is wanted; otherwise the first operation does.
    init(_ settings: LDAPSettings, until deadline: LDAPDeadline) throws(LDAPFailure) {
        let milliseconds = try deadline.milliseconds()
        var connection: UnsafeMutableRawPointer?
        let urls = settings.urls.joined(separator: " ")
        let code = unsafe urls.withCString { urls in
            var server = unsafe gatehouse_ldap_server()
            unsafe server.urls = urls
            unsafe server.starts_tls = settings.startsTLS
            unsafe server.timeout_milliseconds = milliseconds
            guard let file = settings.caFile else { return unsafe gatehouse_ldap_connect(&server, &connection) }
            return unsafe file.withCString { file in
                unsafe server.ca_file = file
                return unsafe gatehouse_ldap_connect(&server, &connection)
            }
        }
        guard code == 0, let connection = unsafe connection else { throw LDAPFailure(code: Int(code)) }
        unsafe handle = connection
        self.deadline = deadline
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
        switch Int(code) {
        case GATEHOUSE_LDAP_SUCCESS: return policy ?? .accepted
        case GATEHOUSE_LDAP_INVALID_CREDENTIALS:
            let text = unsafe withUnsafeBytes(of: &remark.text) { unsafe Array($0.prefix(remark.length)) }
            return policy ?? LDAPBindAnswer(activeDirectory: text)
        // No password at all, locked, disabled, nobody or no name, in the words of several servers.
        case GATEHOUSE_LDAP_INAPPROPRIATE_AUTH, GATEHOUSE_LDAP_CONSTRAINT, GATEHOUSE_LDAP_UNWILLING,
            GATEHOUSE_LDAP_NO_SUCH_OBJECT, GATEHOUSE_LDAP_INVALID_NAME:
            return policy ?? .wrong
        default: throw LDAPFailure(code: Int(code))
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
    /// - Returns: all of them; none for an entry that is not there.
    /// - Throws: `LDAPFailure`, also for a base that is not there, for more than `limit` entries, more than 16 MiB, or a part of
    ///   what an attribute holds.
    func entries(
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
            // Active Directory gives the first 1,500 values and says so in the attribute's name (MS-ADTS 3.1.1.3.1.3.3).
            if let attribute = found.entries.lazy.compactMap(\.partialAttribute).first {
                throw LDAPFailure(
                    reason:
                        "the server gives only a part of \(attribute): for people in very many groups set group_base")
            }
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

    /// An attribute of which the server gave only some values.
    private(set) var partialAttribute: String?

    mutating func add(_ attribute: String, _ value: [UInt8]) {
        let key = LDAPEntry.key(attribute)
        values[key, default: []].append(value)
        let options = attribute.utf8.dropFirst(key.utf8.count).map { ASCII.lowercased($0) }
        if options.starts(with: ";range=".utf8), options.last != UInt8(ascii: "*") { partialAttribute = key }
    }

    private static func key(_ attribute: String) -> String {
        String(
            decoding: attribute.utf8.prefix { $0 != UInt8(ascii: ";") }.map { ASCII.lowercased($0) }, as: UTF8.self)
    }
}

/// A directory gave no answer that can be used.
struct LDAPFailure: Error {
    let reason: String
    /// Whether the connection is the reason: another one may do better.
    let isConnection: Bool

    init(reason: String) {
        self.reason = reason
        isConnection = false
    }

    init(code: Int) {
        reason = unsafe String(cString: gatehouse_ldap_text(Int32(clamping: code)))
        isConnection = code < 0
    }
}
