internal import GatehouseCore
internal import Logging

/// What the portal writes down about people signing in and out; never a password, a token, or a name that is not known.
struct AuditLog: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func signedIn(_ identity: Identity, isRemembered: Bool, _ client: ClientAddress) {
        logger.info(
            "signed in",
            metadata: metadata(
                "sign-in.ok", client,
                [
                    "user": "\(identity.name)", "backend": "\(identity.user.backend)", "remembered": "\(isRemembered)",
                ]))
    }

    /// Only the length of an unknown name is written: people type passwords into that field.
    func signInFailed(nameLength: Int, _ client: ClientAddress) {
        logger.notice("sign-in failed", metadata: metadata("sign-in.failed", client, ["name_octets": "\(nameLength)"]))
    }

    func busy(_ client: ClientAddress) {
        logger.warning("sign-in turned away: too many at once", metadata: metadata("sign-in.busy", client, [:]))
    }

    func signedOut(_ identity: Identity?, _ client: ClientAddress) {
        let who: Logger.Metadata = identity.map { ["user": "\($0.name)", "backend": "\($0.user.backend)"] } ?? [:]
        logger.info("signed out", metadata: metadata("sign-out", client, who))
    }

    func administratorMade(_ identity: Identity, _ client: ClientAddress) {
        logger.notice(
            "first administrator made",
            metadata: metadata(
                "setup.ok", client, ["user": "\(identity.name)", "backend": "\(identity.user.backend)"]))
    }

    /// The reason is `foreign-page` or `form-token`.
    func crossSiteRefused(_ reason: StaticString, _ route: StaticString, _ client: ClientAddress) {
        logger.notice(
            "form refused", metadata: metadata("csrf.refused", client, ["reason": "\(reason)", "form": "\(route)"]))
    }

    func unavailable(_ what: StaticString, _ error: some Error, _ client: ClientAddress) {
        logger.error(
            "not available", metadata: metadata("unavailable", client, ["during": "\(what)", "error": "\(error)"]))
    }

    private func metadata(_ event: StaticString, _ client: ClientAddress, _ more: Logger.Metadata) -> Logger.Metadata {
        let address =
            switch client {
            case .known(let address): address.description
            case .unknown: "unknown"
            case .malformed: "malformed"
            }
        return more.merging(["event": "\(event)", "client": "\(address)"]) { own, _ in own }
    }
}
