internal import GatehouseCore

/// Whether a request that changes something was made by a page of the portal, as far as the browser tells.
///
/// The form token decides in the end; these headers refuse what a browser itself calls foreign, sibling hosts included.
enum CrossSiteCheck {
    /// Judges every value of `Origin`, `Sec-Fetch-Site` and, only if both are missing, `Referer`.
    ///
    /// The origin `null` is foreign, and so is `same-site`: a sibling host is not the portal.
    static func isOwn(origins: [[UInt8]], fetchSites: [[UInt8]], referers: [[UInt8]], portal: Origin) -> Bool {
        guard origins.count <= 1, fetchSites.count <= 1, referers.count <= 1 else { return false }
        if let origin = origins.first, Origin(parsing: origin.span) != portal { return false }
        if let site = fetchSites.first, !site.span.equals("same-origin"), !site.span.equals("none") { return false }
        guard origins.isEmpty, fetchSites.isEmpty, let referer = referers.first else { return true }
        return origin(of: referer) == portal
    }

    private static func origin(of url: [UInt8]) -> Origin? {
        guard let (_, start) = Origin.splitScheme(url.span) else { return nil }
        let end = url[start...].firstIndex { "/?#".utf8.contains($0) } ?? url.count
        return Origin(parsing: url.span.extracting(0..<end))
    }
}
