package import GatehouseCore

/// What the secret for making the first administrator stands for: nothing but the time until then.
package struct SetupContent: BareContent {
    package let endsAt: Timestamp

    package init(endsAt: Timestamp) { self.endsAt = endsAt }
}
