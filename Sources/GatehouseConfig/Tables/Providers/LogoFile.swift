internal import GatehouseCore
internal import GatehouseOIDC

/// The picture on a provider's button.
enum LogoFile {
    /// The one that `logo` of a table names; `nil` without one, and after a problem.
    ///
    /// It is read once, so that a sign-in page needs no file: another picture takes another start.
    static func logo(_ table: TableReader, folders: BaseFolders) -> ProviderLogo? {
        guard let text = table.string("logo") else { return nil }
        let path = folders.path(text)
        do throws(TextFile.Unreadable) {
            let octets = try TextFile.read(path, limit: ProviderLogo.maxLength).octets
            do throws(ProviderLogo.Unusable) { return try ProviderLogo(octets) } catch {
                throw TextFile.Unreadable(reason: error.reason)
            }
        } catch {
            table.log.add(
                text,
                "must be a file with the picture for the button, SVG or PNG of at most 64 KiB; \(Shown.text(path)): \(error.reason)"
            )
            return nil
        }
    }
}
