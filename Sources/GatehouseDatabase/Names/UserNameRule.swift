private import CUTF8Proc
package import GatehouseCore
private import Glibc

extension UserNameRules {
    /// The rules, with utf8proc's tables.
    package static let django = UserNameRules { text, form in
        switch form {
        case .compatible: UserNameRule.map(text)
        case .caseless: UserNameRule.map(text, UTF8PROC_CASEFOLD.rawValue)
        case .bare:
            UserNameRule.map(
                text, UTF8PROC_STRIPMARK.rawValue | UTF8PROC_IGNORE.rawValue | UTF8PROC_CASEFOLD.rawValue)
        }
    }
}

/// The same for the database, which says in its own words what is no name.
package enum UserNameRule {
    /// A name as it is stored: stripped and in NFKC.
    ///
    /// - Throws: `DatabaseError.invalidName` for what can be nobody's.
    package static func normalized(_ text: String) throws(DatabaseError) -> UserName {
        do { return try UserNameRules.django.normalized(text) } catch { throw .invalidName(reason: error.reason) }
    }

    /// A name as typed at the login page; `nil` if it can be nobody's.
    package static func typed(_ text: UTF8Text) -> UserName? { UserNameRules.django.typed(text) }

    /// The octets in which two names that differ only in case are equal.
    static func folded(_ name: UserName) -> [UInt8] { UserNameRules.django.folded(name) }

    /// The form under which attempts are counted.
    package static func counted(_ text: UTF8Text) -> [UInt8] { UserNameRules.django.counted(text) }

    /// The text without blanks at both ends.
    static func stripped(_ text: String) -> String { UserNameRules.stripped(text) }

    /// NFKC; `nil` for text that utf8proc refuses.
    fileprivate static func map(_ text: String, _ more: UInt32 = 0) -> String? {
        let bytes = Array(text.utf8)
        guard !bytes.contains(0) else { return nil }
        var result: UnsafeMutablePointer<UInt8>?
        let options = UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue | more
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe utf8proc_map($0.baseAddress, $0.count, &result, utf8proc_option_t(rawValue: options))
        }
        defer { unsafe free(result) }
        guard count >= 0, let start = unsafe result else { return nil }
        return unsafe String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
