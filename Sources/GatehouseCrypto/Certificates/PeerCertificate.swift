private import COpenSSL
private import GatehouseCore

/// The certificate that a server showed, to say what is wrong with it, or whom it is for.
///
/// Nothing here says that it can be trusted: who issued it is not looked at.
@safe package struct PeerCertificate: ~Copyable {
    private let pointer: OpaquePointer
    /// As it was given.
    package let der: [UInt8]

    /// `nil` for what is no certificate.
    package init?(der: [UInt8]) {
        let parsed = unsafe der.withUnsafeBufferPointer { octets in
            var start = octets.baseAddress
            return unsafe d2i_X509(nil, &start, octets.count)
        }
        guard let parsed = unsafe parsed else { return nil }
        self.der = der
        unsafe pointer = parsed
    }

    deinit { unsafe X509_free(pointer) }

    /// Whether it is for a host, by its name or by its address (RFC 6125, RFC 9110 section 4.3.4).
    package func isFor(_ host: String) -> Bool {
        if IPAddress(host) != nil { return unsafe X509_check_ip_asc(pointer, host, 0) == 1 }
        guard !host.isEmpty else { return false }
        return unsafe X509_check_host(pointer, host, host.utf8.count, 0, nil) == 1
    }

    /// When it is good.
    package enum Validity: Equatable {
        case good
        /// With the moment in OpenSSL's words.
        case expired(String)
        case notYet(String)
    }

    /// Whether it is good by the clock of this machine.
    package var validity: Validity {
        if unsafe X509_cmp_current_time(X509_get0_notAfter(pointer)) < 0 {
            return .expired(unsafe PeerCertificate.text { unsafe gatehouse_certificate_time(pointer, true, $0, $1) })
        }
        if unsafe X509_cmp_current_time(X509_get0_notBefore(pointer)) > 0 {
            return .notYet(unsafe PeerCertificate.text { unsafe gatehouse_certificate_time(pointer, false, $0, $1) })
        }
        return .good
    }

    /// Who issued it, like `CN=Example CA,O=Example`.
    package var issuer: String {
        unsafe PeerCertificate.text { unsafe gatehouse_certificate_issuer(pointer, $0, $1) }
    }

    /// The names of hosts that it is for, at most 1,024 octets of them.
    package var names: [String] {
        let text = unsafe PeerCertificate.text { unsafe gatehouse_certificate_names(pointer, $0, $1) }
        return text.split(separator: " ").map(String.init)
    }

    /// What a function in C writes, as a log may hold it.
    @unsafe private static func text(_ write: (UnsafeMutablePointer<CChar>?, Int32) -> Void) -> String {
        var octets = [CChar](repeating: 0, count: 1_024)
        unsafe octets.withUnsafeMutableBufferPointer { unsafe write($0.baseAddress, Int32(clamping: $0.count)) }
        return SafeText.words(
            String(decoding: octets.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
