internal import GatehouseCore
internal import GatehouseOIDC

/// Changes the ways in to one's own account: only for somebody who signed in a moment ago.
struct IdentitiesHandler: Sendable {
    let settings: PortalSettings
    /// `nil` where there are no providers.
    let identities: OwnIdentities?
    /// Whose people have accounts here; `nil` for nobody's.
    let accountBackend: BackendName?
    let signedIn: SignedInOnly
    let gate: FormGate
    let links: ProviderLinks

    /// What the account page shows; `nil` for somebody who has no account here, or nothing to link.
    func waysIn(of current: CurrentSession) async throws(PortalError) -> WaysIn? {
        let user = current.signedIn.identity.user
        guard let identities, user.backend == accountBackend else { return nil }
        let linked: [LinkedIdentity]
        do throws(BackendError) { linked = try await identities.accounts.identities(of: user) } catch {
            throw .people(error)
        }
        return WaysIn(
            settings: settings, titles: identities, identities: linked,
            links: identities.linkable(beside: linked).map { ($0.title, links.link(to: $0.name, for: current)) },
            isFresh: links.isFresh(current), token: gate.token.text(for: current.token, .account, of: user),
            now: links.clock())
    }

    /// Answers `POST /account/identities`: unlinks one.
    ///
    /// What is written down and who is told comes from whoever takes the link away.
    func unlink(_ request: PortalRequest, _ sent: OwnForm) async -> Reply {
        await signedIn.reply(request, returningTo: .account) { current async throws(PortalError) in
            let user = current.signedIn.identity.user
            guard let identities, user.backend == accountBackend, links.isFresh(current),
                gate.standing(sent, for: [current.token], .account, of: user, request) == .good
            else { return Reply(seeOther: Link(.account, of: settings.address)) }
            guard let issuer = sent["issuer"].flatMap(UTF8Text.init(validating:)),
                let subject = sent["subject"].flatMap(UTF8Text.init(validating:))
            else { return Reply(.badRequest, settings) }
            let outcome: UnlinkOutcome
            do throws(BackendError) {
                outcome = try await identities.accounts.unlink(
                    ExternalSubject(issuer: issuer, subject: subject), from: user)
            } catch {
                throw .people(error)
            }
            switch outcome {
            case .unlinked: return await unlinked(request)
            case .unknown: return Reply(seeOther: Link(.account, of: settings.address))
            case .lastWayIn: return Reply(422, lastWayIn(orPassword: identities.takesPasswords))
            }
        }
    }

    /// Sessions that began with the account elsewhere have ended, and this one may be among them: whoever would only find the
    /// sign-in page is told why.
    private func unlinked(_ request: PortalRequest) async -> Reply {
        if case .nobody? = try? await signedIn.sessions.state(of: request) {
            var reply = Reply(200, signedOut)
            reply.setCookie(settings.cookies.clearedSession)
            // Nothing was lost: the mark of a sign-in of a moment ago would say so.
            if request.cookies.marker.isThere { for line in settings.cookies.clearedMarkers { reply.setCookie(line) } }
            return reply
        }
        return Reply(seeOther: Link(.account, of: settings.address, done: .unlinked))
    }

    private var signedOut: Page {
        let account = settings.returnAddress(Array("\(settings.address.prefix)\(Place.account.path)".utf8))
        return Page("Not linked any more") {
            "<h1>That account is not linked any more</h1>"
            "<p class=\"soft\">You had signed in with it, so you are signed out now. Sign in another way: everything else is as it was.</p>"
            tag(
                "a", .class("button"),
                .href(Link(.signIn, of: settings.address, returningTo: account.map { Destination($0) }))
            ) { "Sign in" }
        }
    }

    private func lastWayIn(orPassword: Bool) -> Page {
        Page("Still linked", isError: true) {
            "<h1>This is the only way in</h1>"
            tag("p", .class("alert"), Attribute("role", "alert")) {
                if orPassword {
                    "Your account has no password, and nothing else is linked to it: without this you could not sign in any more."
                } else {
                    "Nothing else is linked to your account: without this you could not sign in any more."
                }
            }
            tag("p", .class("soft")) {
                "Link another account first, or ask "
                settings.contactPhrase
                if orPassword { " for a link to choose a password" }
                "."
            }
            tag("a", .class("button"), .href(Link(.account, of: settings.address))) { "Back to your account" }
        }
    }
}
