internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird

/// One's own account: who one is, and where one is signed in.
extension Portal {
    /// Answers `GET /`.
    func home(_ request: PortalRequest) async -> Reply {
        let isSignedIn = (try? await session(of: request)) != nil
        return Reply(seeOther: Link(isSignedIn ? .account : .signIn, of: settings.address))
    }

    /// Answers `GET /account`.
    func account(_ request: PortalRequest) async -> Reply {
        await withAccount(request, returningTo: "/account") { token, signedIn async throws(PortalError) in
            let list: SessionList
            do throws(SessionError) {
                list = SessionList(
                    settings: settings,
                    sessions: try await keeper.sessions(of: signedIn.identity.user, now: clock()),
                    own: try keeper.id(of: token),
                    token: formToken.text(for: token, .account, of: signedIn.identity.user), now: clock())
            } catch {
                throw .sessions(error)
            }
            let done = request.query?["done"].flatMap { text in
                Done.allCases.first { text.elementsEqual($0.rawValue.utf8) }
            }
            let page = AccountPages(settings: settings)
                .account(
                    AccountPages.Account(
                        signedIn: signedIn, sessions: list,
                        changesPassword: signedIn.identity.user.backend == services.passwords?.backend,
                        signOutToken: formToken.text(for: token, .signOut), done: done,
                        nextSteps: nextSteps(done, signedIn.identity)))
            return Reply(200, page)
        }
    }

    /// Told only where the administrator is made in a browser, and to administrators.
    private func nextSteps(_ done: Done?, _ identity: Identity) -> NextSteps? {
        guard done == .setup, identity.isSuperuser, let setup = services.setup else { return nil }
        return NextSteps(path: setup.configurationPath)
    }

    /// Answers `POST /account/sessions`: ends one session, or all but this one.
    func endSessions(_ request: PortalRequest, _ body: RequestBody) async -> Reply {
        switch await ownForm(request, body, "sessions") {
        case .failure(let refusal): return refusal.reply
        case .success(let sent):
            return await withAccount(request, returningTo: "/account") { token, signedIn async throws(PortalError) in
                let identity = signedIn.identity
                guard standing(sent, for: [token], .account, of: identity.user, "sessions", request) == .good else {
                    return Reply(seeOther: Link(.account, of: settings.address))
                }
                do throws(SessionError) {
                    if sent["others"] != nil {
                        let count = try await keeper.endOthers(of: identity.user, but: token, now: clock())
                        audit.sessionsEnded(identity, "others", count, request)
                        return Reply(seeOther: Link(.account, of: settings.address, done: .others))
                    }
                    guard let text = sent["session"],
                        let id = SessionID(text: String(decoding: text, as: UTF8.self))
                    else { return problem(.badRequest) }
                    let isEnded = try await keeper.end(id, of: identity.user)
                    if isEnded { audit.sessionsEnded(identity, "owner", 1, request) }
                    return Reply(seeOther: Link(.account, of: settings.address, done: .session))
                } catch {
                    throw .sessions(error)
                }
            }
        }
    }

    /// `/denied`, with any method and under any host: what a proxy shows in place of a page that may not be opened.
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
            switch try await sessionState(of: request) {
            case .one(let current): return .person(current.signedIn.identity.name)
            case .nobody: return .stranger
            case .severalPeople: return .unknown
            }
        } catch {
            return .unknown
        }
    }

    /// `/unavailable`, with any method and under any host: what a proxy shows when a check brought no decision.
    func failedCheck(_ request: PortalRequest) -> Reply {
        let reason = FailedCheckPage.Reason(status: request.checkStatus)
        guard request.acceptsHTML else { return Reply(reason.status, json: PreRendered.unavailableJSON) }
        var reply = Reply(reason.status, FailedCheckPage(settings: settings).page(reason))
        reply.line = .missing
        reply.setRetryAfter(.seconds(5))
        return reply
    }
}
