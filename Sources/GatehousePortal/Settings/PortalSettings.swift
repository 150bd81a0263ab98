package import GatehouseCore

/// Everything about the portal that does not change while the daemon runs.
///
/// A class, so that each flow and each of its parts holds it for one reference.
package final class PortalSettings: Sendable {
    package let address: PortalAddress
    /// What the pages call themselves, such as the organisation's name.
    package let title: String
    /// Whom people can turn to; `nil` if nobody is named.
    package let contact: Contact?
    package let cookies: PortalCookies
    package let proxies: TrustedProxies
    /// Where people go when nobody asked for a place; `nil` for their account page.
    package let home: ReturnAddress?
    /// The least time that a failed sign-in takes.
    package let failureFloor: Duration
    /// How long a link for a new password works.
    package let resetLifetime: Duration
    /// How old what is known of a person may become before the backend is asked again.
    package let identityRefresh: Duration
    /// How old it may be and still count while the backend gives no answer.
    package let identityMaxAge: Duration
    private let allowsReturn: @Sendable (Origin) -> Bool
    private let protects: @Sendable (Host) -> Bool

    /// Takes two questions beside the settings.
    ///
    /// `allowsReturn` says whether an origin is one of an application; the portal's own is always allowed. `protects` says whether
    /// a host is one of an application, whatever the scheme and port.
    package init(
        address: PortalAddress, title: String = "Gatehouse", contact: Contact? = nil, cookies: PortalCookies,
        proxies: TrustedProxies,
        home: ReturnAddress? = nil, failureFloor: Duration = .milliseconds(500),
        resetLifetime: Duration = .seconds(3_600), identityRefresh: Duration = .seconds(60),
        identityMaxAge: Duration = .seconds(900),
        allowsReturn: @escaping @Sendable (Origin) -> Bool,
        protects: @escaping @Sendable (Host) -> Bool = { _ in true }
    ) {
        self.address = address
        self.title = title
        self.contact = contact
        self.cookies = cookies
        self.proxies = proxies
        self.home = home
        self.failureFloor = failureFloor
        self.resetLifetime = resetLifetime
        self.identityRefresh = identityRefresh
        self.identityMaxAge = identityMaxAge
        self.allowsReturn = allowsReturn
        self.protects = protects
    }

    /// Whether a place is a page of the portal itself.
    func isOwnPage(_ place: ReturnAddress) -> Bool {
        guard place.origin == nil || place.origin == address.origin else { return false }
        let path = place.origin == nil ? place.text : String(place.text.dropFirst(address.origin.description.count))
        guard !address.prefix.isEmpty else { return true }
        return path.utf8.starts(with: "\(address.prefix)/".utf8)
    }

    /// Whether a host is neither the portal's nor one of an application: whatever is asked for there, nobody gets it.
    func isUnknown(_ host: Host) -> Bool { host != address.origin.authority.host && !protects(host) }

    /// The place that a client asked for; `nil` if it asked for none, or for one that it may not be sent to.
    func returnAddress(_ text: [UInt8]?) -> ReturnAddress? {
        guard let text else { return nil }
        return ReturnAddress(parsing: text.span) { $0 == address.origin || allowsReturn($0) }
    }
}
