internal import GatehouseConfig
internal import GatehouseCore
internal import GatehousePublicSuffixes

extension SuffixVerdict {
    /// What the list of public suffixes says of a domain; opened for this one question, and closed again.
    @Sendable static func of(_ domain: Host) -> SuffixVerdict {
        do throws(PublicSuffixError) {
            let list = try PublicSuffixList()
            return list.contains(domain) ? .publicSuffix : .ordinary
        } catch {
            return .unknown(reason: error.reason)
        }
    }
}
