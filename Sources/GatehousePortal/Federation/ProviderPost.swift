internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions
internal import Hummingbird

/// An answer that a provider lets the browser send as a form (`response_mode=form_post`).
///
/// None of our cookies comes along with a form of another site. So it changes nothing by itself: the same answer goes to the same
/// address as a query, and with that the cookies come.
struct ProviderPost: Sendable {
    let settings: PortalSettings
    let gate: any ProviderGate
    let starts: SingleUseStore<ProviderStart>
    let forms: FormGate
    let clock: @Sendable () -> Timestamp

    /// Answers `POST /oidc/NAME/callback`.
    func passOn(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        var reply: Reply
        switch await forms.fields(request, body, most: FormGate.maxBodyLength) {
        case .failure(let refusal): reply = refusal.reply
        case .success(let fields):
            await keep(fields)
            let link = Link(
                path: Place.providerCallback(gate.provider.name).path, query: ReturnParameters.query(fields),
                of: settings.address)
            let isShort = link.text.utf8.count <= ReturnParameters.maxQueryLength
            reply = isShort ? Reply(seeOther: link) : Reply(.badRequest, settings)
        }
        reply.hidesAddress = true
        return reply
    }

    /// Apple tells a person's name once, beside its answer: it waits in the record.
    private func keep(_ fields: FormFields) async {
        guard gate.provider.kind == .apple, let told = fields["user"].flatMap(UTF8Text.init(validating:)),
            (1...ReturnParameters.maxToldLength).contains(told.bytes.count),
            let state = fields["state"].flatMap({ SecretToken(parsing: $0.span) })
        else { return }
        let name = gate.provider.name.text
        // What is lost is a name that the person can still be asked for.
        _ = try? await starts.change(state, now: clock()) { start in
            start.provider == name && start.told.isEmpty ? start.with(told: told) : start
        }
    }
}
