internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOIDC
internal import GatehouseSessions
internal import GatehouseThrottle
internal import Hummingbird

/// Messages of a provider that somebody signed out there (OpenID Connect Back-Channel Logout 1.0).
///
/// They come from a machine: no cookie, no origin, and the signature is all that vouches for them.
struct ProviderSignOutMessages: Sendable {
    let gate: any ProviderGate
    let federation: Federation
    let throttle: Throttle
    let forms: FormGate
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    static let maxBodyLength = 8_192

    /// Answers `POST /oidc/NAME/backchannel-logout`: 200 whether a session was there or not, 400 for anything wrong.
    func take(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        let name = gate.provider.name
        do throws(StoreError) {
            // Before any signature is looked at, which costs more than everything else here.
            if let wait = try await throttle.admit(.message, from: request.client, now: clock()) {
                audit.providerMessageRefused("throttled", nil, name, request)
                return ProviderSignOutMessages.reply(429, retryAfter: wait)
            }
        } catch {
            audit.unavailable("provider-message", error, request)
            return ProviderSignOutMessages.reply(400)
        }
        guard
            case .success(let fields) = await forms.fields(request, body, most: ProviderSignOutMessages.maxBodyLength),
            let token = fields["logout_token"], !token.isEmpty
        else {
            audit.providerMessageRefused("oidc.form", "no logout_token in a form of at most 8 KiB", name, request)
            return ProviderSignOutMessages.reply(400)
        }
        let notice: LogoutNotice
        do throws(ProviderError) { notice = try await gate.judge(logoutToken: token, now: clock()) } catch {
            audit.providerMessageRefused(error.code?.rawValue ?? "outage", error.description, name, request)
            return ProviderSignOutMessages.reply(400)
        }
        return await end(notice, request)
    }

    private func end(_ notice: LogoutNotice, _ request: PortalRequest) async -> Reply {
        let name = gate.provider.name
        guard let mark = ProviderSignOutMessages.mark(notice) else { return ProviderSignOutMessages.reply(400) }
        do throws(SessionError) {
            let now = clock()
            guard now < notice.expiresAt,
                try await federation.messages.remember(mark, ProviderMessage(endsAt: notice.expiresAt), now: now)
            else {
                audit.providerMessageRefused("oidc.replay", nil, name, request)
                return ProviderSignOutMessages.reply(400)
            }
        } catch {
            audit.unavailable("provider-message", error, request)
            return ProviderSignOutMessages.reply(400)
        }
        do throws(BackendError) {
            for ended in try await federation.sessions.end(notice, now: clock()) where ended.count > 0 {
                audit.sessionsEnded(ended.owner, "provider", ended.count, request, provider: name)
            }
            return ProviderSignOutMessages.reply(200)
        } catch {
            // Some may go on: the same message may come again.
            try? await federation.messages.end(mark)
            audit.unavailable("provider-message", error, request)
            return ProviderSignOutMessages.reply(400)
        }
    }

    /// What a message is remembered by, of which the store sees a keyed hash; `nil` if OpenSSL refuses.
    private static func mark(_ notice: LogoutNotice) -> SecretToken? {
        let octets = try? Digest.sha256(notice.issuer.bytes + [0] + notice.id.bytes)
        return octets.flatMap { SecretToken(octets: $0) }
    }

    private static func reply(_ status: Int, retryAfter: Duration? = nil) -> Reply {
        var reply =
            status == 200 ? Reply(200) : Reply(status, json: Array(#"{"error":"invalid_request"}"#.utf8 + [0x0A]))
        if let retryAfter { reply.setRetryAfter(retryAfter) }
        return reply
    }
}
