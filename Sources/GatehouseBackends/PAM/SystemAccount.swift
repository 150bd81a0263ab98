private import Glibc
internal import GatehouseCore

/// An account of the system, as `getpwnam` knows it; every call may block.
struct SystemAccount {
    let userID: Int
    /// The first field of the comment (GECOS); empty if it is no UTF-8.
    let displayName: UTF8Text
    private let groupID: gid_t
    private let name: [CChar]

    /// The most groups of one person.
    private static let maxGroups = 20_000
    /// The most memory for one entry: groups list their members.
    private static let maxEntryLength = 8 << 20

    /// Looks for an account; `nil` if there is none.
    ///
    /// - Throws: `BackendError.unavailable` if the system could not find out.
    init?(named octets: [UInt8]) throws(BackendError) {
        let name = octets.map { CChar(bitPattern: $0) } + [0]
        let found = try unsafe SystemAccount.entry {
            buffer, count -> Answer<(userID: Int, groupID: gid_t, comment: [UInt8])> in
            var entry = unsafe passwd()
            var result: UnsafeMutablePointer<passwd>?
            let code = unsafe getpwnam_r(name, &entry, buffer, count, &result)
            guard code == 0 else { return .failed(code) }
            guard unsafe result != nil else { return .missing }
            let comment = unsafe SystemAccount.octets(entry.pw_gecos).prefix { $0 != UInt8(ascii: ",") }
            return unsafe .found((Int(entry.pw_uid), entry.pw_gid, Array(comment)))
        }
        guard let (userID, groupID, comment) = found else { return nil }
        self.userID = userID
        self.groupID = groupID
        self.name = name
        displayName = UTF8Text(validating: comment) ?? ""
    }

    /// The names of the groups; one that has no name is left out, since no rule can mean it.
    ///
    /// - Throws: `BackendError.unavailable` if there are too many or one could not be found out about.
    func groups() throws(BackendError) -> [GroupName] {
        var ids = [gid_t](repeating: 0, count: 64)
        while true {
            var count = Int32(ids.count)
            let result = unsafe getgrouplist(name, groupID, &ids, &count)
            if result >= 0 {
                ids = Array(ids.prefix(Int(count)))
                break
            }
            guard ids.count <= SystemAccount.maxGroups else {
                throw .unavailable(reason: "more than \(SystemAccount.maxGroups) groups")
            }
            ids = [gid_t](repeating: 0, count: max(Int(count), ids.count * 2))
        }
        guard ids.count <= SystemAccount.maxGroups else {
            throw .unavailable(reason: "more than \(SystemAccount.maxGroups) groups")
        }
        var names: [GroupName] = []
        for id in ids {
            let octets = try unsafe SystemAccount.entry { buffer, count -> Answer<[UInt8]> in
                var entry = unsafe group()
                var result: UnsafeMutablePointer<group>?
                let code = unsafe getgrgid_r(id, &entry, buffer, count, &result)
                guard code == 0 else { return .failed(code) }
                return unsafe result == nil ? .missing : .found(SystemAccount.octets(entry.gr_name))
            }
            if let octets, let text = UTF8Text(validating: octets), !text.isEmpty { names.append(GroupName(text)) }
        }
        return names
    }

    private enum Answer<Value> {
        case found(Value)
        case missing
        case failed(Int32)
    }

    /// Asks with memory that grows until the entry fits.
    private static func entry<Value>(
        _ ask: (UnsafeMutablePointer<CChar>, Int) -> Answer<Value>
    ) throws(BackendError) -> Value? {
        var length = 4_096
        var interruptions = 0
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: length)
            defer { unsafe buffer.deallocate() }
            switch unsafe ask(buffer, length) {
            case .found(let value): return value
            case .missing, .failed(ENOENT), .failed(ESRCH): return nil
            case .failed(ERANGE) where length < maxEntryLength: length *= 4
            case .failed(EINTR) where interruptions < 16: interruptions += 1
            case .failed(let code): throw .unavailable(reason: "the accounts of the system: errno \(code)")
            }
        }
    }

    private static func octets(_ text: UnsafeMutablePointer<CChar>?) -> [UInt8] {
        guard let text = unsafe text else { return [] }
        return unsafe (0..<strlen(text)).map { UInt8(bitPattern: unsafe text[$0]) }
    }
}
