internal import GatehouseOIDC

/// What answers at the addresses of one provider.
struct ProviderFlow: Sendable {
    let handler: ProviderHandler
    let post: ProviderPost
    let messages: ProviderSignOutMessages
    /// The sign on its button, where it has one of its own.
    let logo: StaticFile?
}

extension Ports {
    /// One for each provider.
    var providerFlows: [ProviderFlow] {
        guard let federation = services.federation else { return [] }
        let starts = providerStarts(federation)
        return federation.gates.map { provider in
            ProviderFlow(
                handler: handler(provider, federation, starts),
                post: ProviderPost(
                    settings: settings, gate: provider, starts: federation.starts, forms: gate, clock: clock),
                messages: ProviderSignOutMessages(
                    gate: provider, federation: federation, throttle: services.throttle, forms: gate, audit: audit,
                    clock: clock), logo: federation.logos[provider.provider.name])
        }
    }

    private func handler(
        _ provider: any ProviderGate, _ federation: Federation, _ starts: ProviderStarts
    ) -> ProviderHandler {
        ProviderHandler(
            settings: settings, gate: provider, starts: starts,
            returns: ProviderReturnSteps(
                federation: federation, sessions: sessions, keeper: services.keeper, clock: clock),
            links: providerLinks, sessions: sessions, destinations: destinations, steps: steps, welcome: welcome,
            outages: outages, audit: audit, isRecording: services.isRecording)
    }

    private func providerStarts(_ federation: Federation) -> ProviderStarts {
        ProviderStarts(
            settings: settings, federation: federation, throttle: services.throttle, outages: outages, audit: audit,
            clock: clock)
    }

    /// What the sign-in page does about providers.
    func providerVisits(_ federation: Federation) -> ProviderVisits {
        ProviderVisits(
            settings: settings, federation: federation, starts: providerStarts(federation), devices: services.devices,
            keeper: services.keeper,
            outages: outages, audit: audit, isRecording: services.isRecording, clock: clock)
    }

    /// The links by which the account page begins to link an account elsewhere.
    var providerLinks: ProviderLinks { ProviderLinks(settings: settings, token: gate.token, clock: clock) }

    var providerSignOut: ProviderSignOut {
        ProviderSignOut(
            settings: settings, federation: services.federation, devices: services.devices, clock: clock)
    }
}
