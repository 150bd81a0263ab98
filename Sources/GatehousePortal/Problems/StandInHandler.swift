internal import GatehouseCore
internal import GatehouseSessions

/// What proxies show in place of an application's page, under any host and with any method.
struct StandInHandler: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions

    /// Answers `/denied`: for a page that may not be opened.
    func denied(_ request: PortalRequest) async -> Reply {
        guard request.acceptsHTML else { return Reply(403, json: PreRendered.deniedJSON) }
        if let host = request.host, settings.isUnknown(host) {
            var reply = Reply(403, DeniedPage(settings: settings).unknownHost)
            reply.line = .missing
            return reply
        }
        let original = settings.returnAddress(request.originalURL)
        // From a page of the portal somebody was only led here: back there, it would lead here again.
        let before = settings.returnAddress(request.referer).flatMap {
            $0 == original || settings.isOwnPage($0) ? nil : $0
        }
        var page = DeniedPage(settings: settings).page(await visitor(request), original: original, cameFrom: before)
        page.isFault = false
        var reply = Reply(403, page)
        reply.line = .missing
        return reply
    }

    private func visitor(_ request: PortalRequest) async -> DeniedPage.Visitor {
        do throws(SessionError) {
            switch try await sessions.state(of: request) {
            case .one(let current): return .person(current.signedIn.identity.name)
            case .nobody: return .stranger
            case .severalPeople: return .unknown
            }
        } catch {
            return .unknown
        }
    }

    /// Answers `/unavailable`: when a check brought no decision.
    func failedCheck(_ request: PortalRequest) async -> Reply {
        let reason = FailedCheckPage.Reason(status: request.checkStatus)
        guard request.acceptsHTML else { return Reply(reason.status, json: PreRendered.unavailableJSON) }
        var reply = Reply(reason.status, FailedCheckPage(settings: settings).page(reason))
        reply.line = .missing
        reply.setRetryAfter(.seconds(5))
        return reply
    }
}
