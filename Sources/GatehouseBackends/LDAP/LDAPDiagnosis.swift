private import CLDAP
internal import GatehouseCore
internal import GatehouseCrypto
private import Glibc

/// Finds out why there is no connection to a server: libldap knows one word for a dozen reasons.
///
/// It looks for itself: whether there is such a host, whether anything listens there, whether it speaks TLS and what certificate
/// it shows. Nothing but that is sent.
struct LDAPDiagnosis {
    private let settings: LDAPSettings
    private let server: LDAPAddress

    init(_ settings: LDAPSettings, _ server: LDAPAddress) {
        self.settings = settings
        self.server = server
    }

    /// Looks for the reason of a failure.
    ///
    /// - Parameters:
    ///   - failure: what libldap says.
    ///   - isConnected: whether there was a connection before that.
    ///   - deadline: until when it may be looked for.
    /// - Returns: what is wrong and what to do about it; `nil` where the failure says all that can be known.
    func words(_ failure: LDAPFailure, isConnected: Bool, until deadline: LDAPDeadline) -> String? {
        guard failure.isConnection, server.isOnNetwork, let milliseconds = try? deadline.milliseconds() else {
            return nil
        }
        let host = server.host.isEmpty ? "localhost" : server.host
        let place = "\(host), port \(server.port)"
        switch LDAPDiagnosis.reach(host, server.port, milliseconds) {
        case .unknownHost: return "there is no host \(host) in the DNS or in /etc/hosts: correct its name in `urls`"
        case .noNameServer: return "the name server gives no answer about \(host): look at /etc/resolv.conf"
        case .refused:
            return "nothing listens at \(place): start the directory, or correct the port in `urls` "
                + "(389 is usual for ldap://, 636 for ldaps://)"
        case .silent: return "\(place) gives no answer: is the machine up, and does no firewall stand in between?"
        case .failed(let reason): return "\(place) cannot be reached: \(reason)"
        case .reached: break
        }
        if failure.isStartTLSRefused {
            return "the server at \(place) refuses StartTLS: set it up there, or use ldaps:// and `start_tls` = false"
        }
        if !server.isEncrypted, !settings.startsTLS {
            // Only a server that waits for TLS says nothing to a bind.
            guard certificate(startsTLS: false, "ldaps", until: deadline) != nil else { return nil }
            return "the server at \(place) speaks TLS from the beginning: use ldaps:// in `urls`"
        }
        guard !isConnected else { return nil }
        guard
            let shown = certificate(
                startsTLS: settings.startsTLS, server.isEncrypted ? "ldaps" : "ldap", until: deadline)
        else {
            // Whoever had no time left for an answer is not accused of speaking something else.
            guard (try? deadline.milliseconds()) != nil else { return nil }
            return "the server at \(place) does not speak TLS 1.2 or later: is this the port for "
                + (server.isEncrypted ? "ldap:// with `start_tls` = true?" : "ldaps://?")
        }
        guard let certificate = PeerCertificate(der: shown) else { return "the certificate of \(place) cannot be read" }
        return words(about: certificate, host, place, until: deadline)
    }

    private func words(
        about certificate: borrowing PeerCertificate, _ host: String, _ place: String, until deadline: LDAPDeadline
    ) -> String? {
        switch certificate.validity {
        case .expired(let end): return "the certificate of \(place) expired on \(end): renew it there"
        case .notYet(let start):
            return "the certificate of \(place) is good only from \(start) on: set the clock here, or renew it there"
        case .good: break
        }
        let isShown = server.isLocalhost ? server.isShownBy(certificate.der) : certificate.isFor(host)
        guard isShown else {
            let names = certificate.names.prefix(5).joined(separator: ", ")
            return "the certificate of \(place) is for \(names.isEmpty ? "no name" : names) and not for \(host): "
                + "use one of its names in `urls`, or make one for \(host)"
        }
        guard isDistrusted(certificate, until: deadline) else { return nil }
        let file =
            settings.caFile.map { "in \($0)" } ?? "among the system's: set `ca_file` to a file with its certificate"
        return "the certificate of \(place) was issued by \(certificate.issuer), which is not \(file)"
    }

    /// Whether a server's certificate is all that is in the way of a connection.
    ///
    /// The server may have come back meanwhile, or be gone by now: it fails only whoever looks at its certificate, and shows the
    /// same one right after that to whoever does not.
    private func isDistrusted(_ shown: borrowing PeerCertificate, until deadline: LDAPDeadline) -> Bool {
        do throws(LDAPFailure) {
            _ = try LDAPConnection(settings, server, until: deadline).isQuiet
            return false
        } catch {
            guard error.mayBeTLS else { return false }
        }
        return certificate(startsTLS: settings.startsTLS, server.isEncrypted ? "ldaps" : "ldap", until: deadline)
            == shown.der
    }

    /// The certificate that a server shows, as DER.
    private func certificate(startsTLS: Bool, _ scheme: String, until deadline: LDAPDeadline) -> [UInt8]? {
        guard let milliseconds = try? deadline.milliseconds() else { return nil }
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        var settings = settings
        settings.startsTLS = startsTLS
        let other = LDAPAddress("\(scheme)://\(host):\(server.port)")
        var (octets, length) = unsafe (UnsafeMutablePointer<UInt8>?.none, 0)
        let code = unsafe other.described(settings, milliseconds) { described in
            unsafe gatehouse_ldap_look(&described, &octets, &length)
        }
        guard code == GATEHOUSE_LDAP_SUCCESS, let start = unsafe octets else { return nil }
        defer { unsafe free(start) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: length))
    }

    // MARK: - The way there

    private enum Reach {
        case reached, unknownHost, noNameServer, refused, silent
        case failed(String)
    }

    /// Connects to the addresses of a host until one of them answers.
    private static func reach(_ host: String, _ port: String, _ milliseconds: Int) -> Reach {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, port, &hints, &found)
        guard code == 0, let first = unsafe found else { return code == EAI_AGAIN ? .noNameServer : .unknownHost }
        defer { unsafe freeaddrinfo(first) }
        var (next, count) = unsafe (UnsafeMutablePointer<addrinfo>?(first), 0)
        while let address = unsafe next {
            count += 1
            unsafe next = address.pointee.ai_next
        }
        var outcome = Reach.unknownHost
        unsafe next = first
        while let address = unsafe next {
            outcome = unsafe reach(address.pointee, milliseconds / max(count, 1))
            if case .reached = outcome { return outcome }
            unsafe next = address.pointee.ai_next
        }
        return outcome
    }

    @unsafe private static func reach(_ address: addrinfo, _ milliseconds: Int) -> Reach {
        let socket = unsafe socket(
            address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
            address.ai_protocol)
        guard socket >= 0 else { return .failed(reason(errno)) }
        defer { close(socket) }
        if unsafe connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return .reached }
        guard errno == EINPROGRESS else { return errno == ECONNREFUSED ? .refused : .failed(reason(errno)) }
        var waiting = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&waiting, 1, Int32(clamping: milliseconds)) > 0 else { return .silent }
        var (error, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else {
            return .failed(reason(errno))
        }
        switch error {
        case 0: return .reached
        case ECONNREFUSED: return .refused
        case ETIMEDOUT: return .silent
        default: return .failed(reason(error))
        }
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
