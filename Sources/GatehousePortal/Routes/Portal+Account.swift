internal import GatehouseCore
internal import GatehouseSessions

extension Portal {
    /// Answers `GET /`.
    func home(_ request: PortalRequest) async -> Reply {
        let isSignedIn = (try? await signedIn(request)) != nil
        return Reply(seeOther: Link(isSignedIn ? .account : .signIn, of: settings.address))
    }

    /// Answers `GET /account`.
    func account(_ request: PortalRequest) async -> Reply {
        do throws(SessionError) {
            guard let token = request.session, let signedIn = try await signedIn(request) else {
                let account = Array("\(settings.address.prefix)/account".utf8)
                return Reply(
                    seeOther: Link(.signIn, of: settings.address, returningTo: settings.returnAddress(account)))
            }
            let page = AccountPages(settings: settings)
                .account(signedIn, token: formToken.text(for: token, .signOut), now: clock())
            return Reply(200, page)
        } catch {
            metrics.unavailable.increment()
            audit.unavailable("account", error, request.client)
            return problem(.unavailable)
        }
    }

    /// `/denied`, with any method and under any host: what a proxy shows in place of a page that may not be opened.
    func denied(_ request: PortalRequest) async -> Reply {
        guard request.acceptsHTML else { return Reply(403, json: PreRendered.deniedJSON) }
        let identity = (try? await signedIn(request))?.identity
        let page = DeniedPage(settings: settings)
            .page(name: identity?.name, cameFrom: settings.returnAddress(request.referer))
        return Reply(403, page)
    }
}
