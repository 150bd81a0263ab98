internal import GatehouseCore

/// Files with the certificates of authorities, which are read much later, by libraries that say little about them.
enum CertificateFile {
    /// The path in `ca_file` of a table; `nil` without one.
    ///
    /// A file that is not there, cannot be read or has no certificate in it is a problem of the configuration: with it every
    /// connection would fail.
    static func path(_ table: TableReader, folders: BaseFolders) -> String? {
        guard let text = table.string("ca_file") else { return nil }
        let path = folders.path(text)
        do throws(TextFile.Unreadable) {
            // The system's own is some 200 KiB.
            let octets = try TextFile.read(path, limit: 8 << 20).octets
            let mark = Array("-----BEGIN CERTIFICATE-----".utf8)
            // A trusted certificate of OpenSSL's says so in its first line.
            let trusted = Array("-----BEGIN TRUSTED CERTIFICATE-----".utf8)
            guard octets.split(separator: 0x0A).contains(where: { $0.starts(with: mark) || $0.starts(with: trusted) })
            else { throw TextFile.Unreadable(reason: "has no certificate in it") }
        } catch {
            table.log.add(
                text,
                "must be a file with the certificates of authorities, in PEM; \(Shown.text(path)): \(error.reason)")
        }
        return path
    }
}
