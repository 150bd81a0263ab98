package import GatehouseCore

/// What a secret that is used once stands for.
package protocol SingleUseContent: RecordLayout {
    /// From this moment on the secret stands for nothing, whatever the store still holds.
    var endsAt: Timestamp { get }
}
