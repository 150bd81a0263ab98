internal import GatehouseCore
internal import GatehouseSessions

/// One's own account: who one is, and where one is signed in.
struct AccountHandler: Sendable {
    let settings: PortalSettings
    let keeper: SessionKeeper
    let sessions: BrowserSessions
    let signedIn: SignedInOnly
    let gate: FormGate
    /// `nil` if no passwords are kept here.
    let passwords: PeoplePasswords?
    /// The configuration's file, for the administrator who was made in a browser; `nil` unless that is offered.
    let configurationPath: String?
    let identities: IdentitiesHandler
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Answers `GET /`.
    func home(_ request: PortalRequest) async -> Reply {
        let isSignedIn = (try? await sessions.current(request)) != nil
        return Reply(seeOther: Link(isSignedIn ? .account : .signIn, of: settings.address))
    }

    /// Answers `GET /account`.
    func page(_ request: PortalRequest) async -> Reply {
        await signedIn.reply(request, returningTo: .account) { current async throws(PortalError) in
            let identity = current.signedIn.identity
            let list: SessionList
            do throws(SessionError) {
                list = SessionList(
                    settings: settings, sessions: try await keeper.sessions(of: identity.user, now: clock()),
                    own: try keeper.id(of: current.token),
                    token: gate.token.text(for: current.token, .account, of: identity.user), now: clock())
            } catch {
                throw .sessions(error)
            }
            let done = request.query?["done"].flatMap { text in
                Done.allCases.first { text.elementsEqual($0.rawValue.utf8) }
            }
            var account = AccountPages.Account(
                signedIn: current.signedIn, sessions: list, password: await password(of: identity.user),
                signOutToken: gate.token.text(for: current.token, .signOut), done: done,
                nextSteps: nextSteps(done, identity))
            if let waysIn = try await identities.waysIn(of: current) { account.waysIn = waysIn.html }
            return Reply(200, AccountPages(settings: settings).account(account))
        }
    }

    /// Where nobody can be asked it is taken to be there: the page that changes it says more.
    private func password(of user: UserReference) async -> AccountPages.Password {
        guard let passwords, user.backend == passwords.backend else { return .elsewhere }
        guard let account = try? await passwords.account(of: user), !account.hasPassword else { return .own }
        return .none
    }

    /// Told only where the administrator is made in a browser, and to administrators.
    private func nextSteps(_ done: Done?, _ identity: Identity) -> NextSteps? {
        guard done == .setup, identity.isSuperuser else { return nil }
        return configurationPath.map(NextSteps.init)
    }

    /// Answers `POST /account/sessions`: ends one session, or all but this one.
    func endSessions(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        await signedIn.reply(request, returningTo: .account) { current async throws(PortalError) in
            let (token, identity) = (current.token, current.signedIn.identity)
            guard gate.standing(sent, for: [token], .account, of: identity.user, request) == .good else {
                return Reply(seeOther: Link(.account, of: settings.address))
            }
            do throws(SessionError) {
                if sent["others"] != nil {
                    let count = try await keeper.endOthers(of: identity.user, but: token, now: clock())
                    audit.sessionsEnded(identity, "others", count, request)
                    return Reply(seeOther: Link(.account, of: settings.address, done: .others))
                }
                guard let text = sent["session"], let id = SessionID(text: String(decoding: text, as: UTF8.self))
                else { return Reply(.badRequest, settings) }
                let isEnded = try await keeper.end(id, of: identity.user)
                if isEnded { audit.sessionsEnded(identity, "owner", 1, request) }
                return Reply(seeOther: Link(.account, of: settings.address, done: .session))
            } catch {
                throw .sessions(error)
            }
        }
    }
}
