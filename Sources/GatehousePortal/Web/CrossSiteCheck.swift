internal import GatehouseCore

/// Whether a request that changes something was made by a page of the portal, as far as the browser tells.
///
/// These headers refuse what a browser itself calls foreign, sibling hosts included, whatever token the form carries.
enum CrossSiteCheck {
    enum Verdict: Equatable, Sendable {
        /// The browser itself says that a page of the portal sent it.
        case own
        /// The browser says nothing of it: the form's token decides.
        case unknown
        /// It comes from the portal's own host under another scheme or port: the portal is not opened at its URL.
        case elsewhere(Origin)
        case foreign
    }

    /// Judges every value of `Origin`, `Sec-Fetch-Site` and, only if both are missing, `Referer`.
    ///
    /// `same-site` is foreign: a sibling host is not the portal. So is the origin `null`, unless the browser says `same-origin`
    /// beside it: that is what pages under `Referrer-Policy: no-referrer` send (Fetch, "append a request Origin header").
    static func judge(
        origins: [[UInt8]], fetchSites: [[UInt8]], referers: [[UInt8]], portal: Origin
    ) -> Verdict {
        guard origins.count <= 1, fetchSites.count <= 1, referers.count <= 1 else { return .foreign }
        let site = fetchSites.first
        let isSameOrigin = site?.span.equals("same-origin") ?? false
        guard site == nil || isSameOrigin || site?.span.equals("none") == true else { return .foreign }
        guard let origin = origins.first else {
            if isSameOrigin { return .own }
            guard site == nil, let referer = referers.first else { return .unknown }
            return CrossSiteCheck.origin(of: referer) == portal ? .unknown : .foreign
        }
        if origin.span.equals("null") { return isSameOrigin ? .own : .foreign }
        guard let sender = Origin(parsing: origin.span) else { return .foreign }
        if sender == portal { return .own }
        let isElsewhere = sender.authority.host == portal.authority.host && (site == nil || isSameOrigin)
        return isElsewhere ? .elsewhere(sender) : .foreign
    }

    private static func origin(of url: [UInt8]) -> Origin? {
        guard let (_, start) = Origin.splitScheme(url.span) else { return nil }
        let end = url[start...].firstIndex { "/?#".utf8.contains($0) } ?? url.count
        return Origin(parsing: url.span.extracting(0..<end))
    }
}
