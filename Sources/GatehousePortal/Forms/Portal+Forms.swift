internal import GatehouseCore
internal import GatehouseSessions
internal import Hummingbird
internal import NIOCore

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
    ) async -> Result<OwnForm, Refusal> {
        let provenance = request.provenance(of: settings.address.origin)
        switch provenance {
        case .own, .unknown:
            return await fields(request, body).map { OwnForm(fields: $0, isProven: provenance == .own) }
        case .elsewhere(let origin):
            metrics.crossSiteRefused.increment()
            audit.openedElsewhere(origin, settings.address, form, request)
            return .failure(Refusal(Reply(403, ElsewherePage(settings: settings).page(origin))))
        case .foreign:
            crossSite("foreign-page", form, request)
            return .failure(Refusal(problem(.forbidden)))
        }
    }

    /// Whether a form may be acted on.
    enum Standing: Equatable {
        case good
        /// Made by us, but for a cookie that is gone: the page has to come again.
        case stale
        /// Neither made by us nor for this: logged and counted.
        case forged
    }

    /// Judges the token of a form.
    ///
    /// A form of ours that is only late counts if the browser itself says that it comes from our page: the cookie it was bound
    /// to would say no more.
    func standing(
        _ form: OwnForm, for secrets: [SecretToken], _ purpose: FormToken.Purpose, of person: UserReference? = nil,
        _ name: StaticString, _ request: PortalRequest
    ) -> Standing {
        switch formToken.judge(form["token"], for: secrets, purpose, of: person) {
        case .current: return .good
        case .stale: return form.isProven ? .good : .stale
        case .ofSomebodyElse: return .stale
        case .forged:
            crossSite("form-token", name, request)
            return .forged
        }
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
            let current: CurrentSession?
            do throws(SessionError) { current = try await session(of: request) } catch { throw .sessions(error) }
            guard let current else {
                let place = settings.returnAddress(Array("\(settings.address.prefix)\(path)".utf8))
                return Reply(
                    seeOther: Link(
                        .signIn, of: settings.address, returningTo: place.map { Destination($0) }))
            }
            return try await work(current.token, current.signedIn)
        }
    }

    /// Says an error of people as one of the portal.
    func asking<Result>(_ work: () async throws(BackendError) -> Result) async throws(PortalError) -> Result {
        do { return try await work() } catch { throw .people(error) }
    }
}

/// What a page of the portal sent.
struct OwnForm: Sendable {
    let fields: FormFields
    /// Whether the browser itself says so.
    let isProven: Bool

    subscript(_ name: StaticString) -> [UInt8]? { fields[name] }
}
