private import CLDAP

/// A directory gave no answer that can be used.
struct LDAPFailure: Error {
    private(set) var reason: String
    /// RFC 4511's or libldap's code; `nil` for what was found out here.
    let code: Int?

    init(reason: String) {
        self.reason = reason
        code = nil
    }

    /// `words` are the server's own.
    init(code: Int, words: String = "") {
        let text = unsafe String(cString: gatehouse_ldap_text(Int32(clamping: code)))
        reason = words.isEmpty ? text : "\(text): \(words)"
        self.code = code
    }

    static var late: LDAPFailure {
        var failure = LDAPFailure(code: GATEHOUSE_LDAP_TIMED_OUT)
        failure.reason = "no answer in time"
        return failure
    }

    /// The same failure, said in other words.
    func saying(_ reason: String) -> LDAPFailure {
        var failure = self
        failure.reason = reason
        return failure
    }

    /// Whether there is no connection, or none any more.
    var isConnection: Bool {
        switch code {
        case GATEHOUSE_LDAP_SERVER_DOWN, GATEHOUSE_LDAP_LOCAL_ERROR, GATEHOUSE_LDAP_DECODING_ERROR,
            GATEHOUSE_LDAP_TIMED_OUT, GATEHOUSE_LDAP_CONNECT_ERROR, GATEHOUSE_LDAP_NO_STARTTLS:
            true
        default: false
        }
    }

    /// Whether the server says of itself that it cannot, or will not, answer now: another one, or another connection, may.
    var isServer: Bool {
        switch code {
        case GATEHOUSE_LDAP_BUSY, GATEHOUSE_LDAP_UNAVAILABLE, GATEHOUSE_LDAP_UNWILLING, GATEHOUSE_LDAP_OTHER: true
        default: isConnection
        }
    }

    /// Whether TLS may have failed: libldap says the same of other ends of a connection.
    var mayBeTLS: Bool { code == GATEHOUSE_LDAP_SERVER_DOWN || code == GATEHOUSE_LDAP_CONNECT_ERROR }

    var isStartTLSRefused: Bool { code == GATEHOUSE_LDAP_NO_STARTTLS }

    var isInvalidName: Bool { code == GATEHOUSE_LDAP_INVALID_NAME }

    var isUnwilling: Bool { code == GATEHOUSE_LDAP_UNWILLING }

    /// Whether the server said that it did not look at what it was asked.
    var isUntouched: Bool {
        switch code {
        case GATEHOUSE_LDAP_BUSY, GATEHOUSE_LDAP_UNAVAILABLE, GATEHOUSE_LDAP_UNWILLING: true
        default: false
        }
    }
}
