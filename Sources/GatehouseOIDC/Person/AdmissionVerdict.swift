package import GatehouseCore

/// Whether the allow lists let somebody in.
package enum AdmissionVerdict: Equatable, Sendable {
    case admitted
    /// Which list they are not in: `domains`, `emails`, `groups`, `subjects`, or a claim's name.
    case refused(list: UTF8Text)
    /// An allow list asks for a claim that the provider did not send, by its name.
    case missing(claim: UTF8Text)
}
