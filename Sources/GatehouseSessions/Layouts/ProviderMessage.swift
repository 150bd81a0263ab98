package import GatehouseCore

/// That a message of a provider was taken: a second one like it is refused until it could not pass any more.
package struct ProviderMessage: BareContent {
    package let endsAt: Timestamp

    package init(endsAt: Timestamp) { self.endsAt = endsAt }
}
