internal import GatehouseCore

/// Reads time zones from the system's time zone database, each once.
final class ZoneReader {
    private let folder: String
    private var known: [String: ZoneRules] = [:]

    init(folder: String = "/usr/share/zoneinfo") { self.folder = folder }

    /// The rules of a zone like `Europe/Berlin`.
    ///
    /// - Throws: why there are none, in words for the operator.
    func rules(_ name: String) throws(TimeWindow.Invalid) -> ZoneRules {
        if let rules = known[name] { return rules }
        let isSound = name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "_+-/".utf8.contains($0) }
        guard isSound, name.utf8.first.map(ASCII.isAlphanumeric) ?? false, name.utf8.count <= 64 else {
            throw TimeWindow.Invalid(reason: "must end with UTC, an offset like +01:00, or a zone like Europe/Berlin")
        }
        let octets: [UInt8]
        do {
            octets = try TextFile.read("\(folder)/\(name)", limit: ZoneRules.maxFileLength).octets
        } catch {
            throw TimeWindow.Invalid(
                reason:
                    "names a time zone that this system does not have (\(folder), package tzdata: \(error.reason)); "
                    + "an offset like +01:00 needs none")
        }
        guard let rules = ZoneRules(file: octets) else {
            throw TimeWindow.Invalid(reason: "names a time zone of which \(folder) has no file in a known form")
        }
        known[name] = rules
        return rules
    }
}
