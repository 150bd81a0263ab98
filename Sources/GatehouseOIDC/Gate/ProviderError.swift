/// A sign-in at a provider that came to nothing.
package enum ProviderError: Error, Equatable, CustomStringConvertible {
    /// The provider gave no answer, or none that is one: 503. `reason` is for the log; no secret is in it.
    case outage(reason: String)
    /// The provider and Gatehouse are not set up for each other: 502. `reason` names the line to change.
    case misconfigured(reason: String)
    /// The person or the provider said no (`access_denied`).
    case denied
    /// The provider wants to ask the person something first.
    case needsInteraction
    /// Something that was sent is not what it has to be: 403.
    case refused(ProviderRefusal)

    package var description: String {
        switch self {
        case .outage(let reason), .misconfigured(let reason): reason
        case .denied: "the person or the provider said no"
        case .needsInteraction: "the provider wants to ask the person something"
        case .refused(let refusal): refusal.description
        }
    }
}
