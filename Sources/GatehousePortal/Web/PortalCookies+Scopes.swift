internal import GatehouseCore

/// Cookies of the session's name in the scopes where they may have been left behind, and the marks of a fresh sign-in.
extension PortalCookies {
    /// The lines that clear the session cookie in every scope that a browser lets the portal name, but the one it is set in.
    ///
    /// Host-only, and each parent domain of the portal's host up to `cookie.domain`; none for a name that browsers accept in one
    /// scope only (`__Host-`).
    func sessionClearedElsewhere(portal: Host) -> [String] {
        guard !session.bytes.starts(with: "__Host-".utf8) else { return [] }
        var domains: [Host?] = [nil]
        let labels = portal.bytes.split(separator: UInt8(ascii: "."))
        for count in labels.indices where labels.count - count > 1 {
            guard let parent = Host(parsing: Array(labels[count...].joined(separator: [UInt8(ascii: ".")])).span) else {
                break
            }
            domains.append(parent)
            if parent == (domain ?? portal) { break }
        }
        return domains.filter { $0 != domain }.map { line(session, value: "", maxAge: .zero, domain: $0) }
    }

    /// Whether a browser sends the session cookie to pages of an origin.
    func reach(_ origin: Origin, portal: Host) -> Bool {
        guard !isSecure || origin.scheme == .https else { return false }
        let host = origin.authority.host
        guard let domain else { return host == portal }
        return host == domain || host.bytes.reversed().starts(with: (Array(".".utf8) + domain.bytes).reversed())
    }

    // MARK: - Right after a sign-in

    var marker: SessionCookieName { own.marker }
    var secureMarker: SessionCookieName { own.secureMarker }

    private static let markerAge = Duration.seconds(60)

    func markers(_ session: SessionID) -> [String] {
        markerLines(value: session.description, maxAge: PortalCookies.markerAge)
    }

    var clearedMarkers: [String] { markerLines(value: "", maxAge: .zero) }

    private func markerLines(value: String, maxAge: Duration) -> [String] {
        let age = "Path=/; Max-Age=\(maxAge.components.seconds)"
        let plain = "\(marker)=\(value); \(age); HttpOnly; SameSite=Lax"
        guard isSecure else { return [plain] }
        return [plain, "\(secureMarker)=\(value); \(age); Secure; HttpOnly; SameSite=Lax"]
    }
}
