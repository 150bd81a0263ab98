internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird
internal import NIOCore

/// Why a page could not be made: a part of the site gave no answer.
enum PortalError: Error {
    case sessions(SessionError)
    case people(BackendError)
    case store(StoreError)
    /// A password was changed, but the sessions from before could not be ended.
    case sessionsGoOn(SessionError)
}

/// What the routes of forms and of people who are signed in have in common.
extension Portal {
    /// The fields of a form, or the answer to what is none.
    func fields(_ request: PortalRequest, _ body: RequestBody) async -> Result<FormFields, Refusal> {
        guard request.isForm else { return .failure(Refusal(problem(.notAForm))) }
        if let length = request.contentLength, length > Portal.maxBodyLength {
            return .failure(Refusal(problem(.tooLarge)))
        }
        do {
            let octets = try await body.collect(upTo: Portal.maxBodyLength)
            return .success(try FormFields(parsing: Array(octets.readableBytesView).span))
        } catch is NIOTooManyBytesError {
            return .failure(Refusal(problem(.tooLarge)))
        } catch {
            return .failure(Refusal(problem(.badRequest)))
        }
    }

    /// The fields of a form that a page of the portal sent, as far as the browser tells.
    func ownForm(
        _ request: PortalRequest, _ body: RequestBody, _ form: StaticString
    ) async -> Result<FormFields, Refusal> {
        guard request.isOwn(of: settings.address.origin) else {
            crossSite("foreign-page", form, request)
            return .failure(Refusal(problem(.forbidden)))
        }
        return await fields(request, body)
    }

    /// An answer that ends the work on a request early.
    struct Refusal: Error {
        let reply: Reply
        init(_ reply: Reply) { self.reply = reply }
    }

    /// Counts and logs a form that did not come from a page of ours; the reason is `foreign-page` or `form-token`.
    func crossSite(_ reason: StaticString, _ form: StaticString, _ request: PortalRequest) {
        metrics.crossSiteRefused.increment()
        audit.crossSiteRefused(reason, form, request)
    }

    /// The answer, or the page that says that a part of the site gives none.
    func answering(
        _ what: String, _ request: PortalRequest, _ work: () async throws(PortalError) -> Reply
    ) async -> Reply {
        do throws(PortalError) { return try await work() } catch {
            switch error {
            case .sessions(let error): return unavailable(what, error, request)
            case .people(let error): return unavailable(what, error, request)
            case .store(let error): return unavailable(what, error, request)
            case .sessionsGoOn(let error):
                _ = unavailable(what, error, request)
                return problem(.sessionsGoOn)
            }
        }
    }

    private func unavailable(_ what: String, _ error: some Error, _ request: PortalRequest) -> Reply {
        metrics.unavailable.increment()
        audit.unavailable(what, error, request)
        return problem(error as? SessionError == .tooLarge ? .failed : .unavailable)
    }

    /// An answer for whoever is signed in; everybody else signs in first and comes back to `path`.
    func withAccount(
        _ request: PortalRequest, returningTo path: String,
        _ work: (SecretToken, SignedIn) async throws(PortalError) -> Reply
    ) async -> Reply {
        await answering("account", request) { () async throws(PortalError) in
            let signedIn: SignedIn?
            do throws(SessionError) { signedIn = try await self.signedIn(request) } catch { throw .sessions(error) }
            guard let token = request.session, let signedIn else {
                let place = settings.returnAddress(Array("\(settings.address.prefix)\(path)".utf8))
                return Reply(seeOther: Link(.signIn, of: settings.address, returningTo: place))
            }
            return try await work(token, signedIn)
        }
    }

    /// Says an error of people as one of the portal.
    func asking<Result>(_ work: () async throws(BackendError) -> Result) async throws(PortalError) -> Result {
        do { return try await work() } catch { throw .people(error) }
    }
}
