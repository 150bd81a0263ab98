internal import GatehouseCore

/// Where somebody goes on to, and what a link has to carry so that the next page knows it, too.
struct Destination: Hashable, Sendable {
    let address: ReturnAddress
    /// What the address is kept behind, if it came that way because it is long.
    let key: SecretToken?

    init(_ address: ReturnAddress, key: SecretToken? = nil) {
        self.address = address
        self.key = key
    }
}

/// The places that requests ask to come back to.
struct Destinations: Sendable {
    let settings: PortalSettings
    /// Places that are too long for an address, by their key; `nil` if none are kept.
    let longPlaces: (@Sendable (SecretToken, Timestamp) async -> [UInt8]?)?
    let clock: @Sendable () -> Timestamp

    /// The place that a request asks to come back to: by its own address, or, of a form, by a field.
    ///
    /// A form without `action` is sent to the address of its page, so that both have the same query. `rd` holds the place itself,
    /// `rk` the key of one that is too long for an address.
    func destination(_ request: PortalRequest, _ fields: FormFields? = nil) async -> Destination? {
        if let key = request.query?["rk"].flatMap({ SecretToken(parsing: $0.span) }),
            let place = settings.returnAddress(await longPlaces?(key, clock()))
        {
            return Destination(place, key: key)
        }
        return (settings.returnAddress(request.query?["rd"]) ?? settings.returnAddress(fields?["rd"])).map {
            Destination($0)
        }
    }

    /// Whether the address of a form holds the place, so that the form itself need not.
    func isInAddress(_ destination: Destination?, _ request: PortalRequest) -> Bool {
        guard let destination else { return false }
        return destination.key != nil || settings.returnAddress(request.query?["rd"]) == destination.address
    }
}
