internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseSessions

extension PasswordAccount {
    /// What ends a link, or a sign-in that was put off, when it changes.
    var linkDigest: Octets16? {
        get throws(SessionError) {
            let digest: [UInt8]
            do { digest = try Digest.sha256(linkState) } catch { throw .unavailable(reason: "\(error)") }
            return Octets16(prefix: digest.span)
        }
    }
}
