internal import GatehouseCore
internal import Hummingbird
internal import NIOCore

/// What every form has to pass before anything is done with it: it comes from a page of the portal, and is one.
struct FormGate: Sendable {
    let settings: PortalSettings
    let token: FormToken
    let audit: AuditLog

    /// The longest body of a form, in octets.
    static let maxBodyLength = 16_384

    /// An answer that ends the work on a request early.
    struct Refusal: Error {
        let reply: Reply
    }

    /// The fields of a form that a page of the portal sent, as far as the browser tells, or the answer to what is none.
    func ownForm(
        _ request: PortalRequest, _ body: RequestBody, _ form: StaticString
    ) async -> Result<OwnForm, Refusal> {
        let provenance = request.provenance(of: settings.address.origin)
        switch provenance {
        case .own, .unknown:
            return await fields(request, body, most: FormGate.maxBodyLength).map {
                OwnForm(name: form, fields: $0, isProven: provenance == .own)
            }
        case .elsewhere(let origin):
            audit.openedElsewhere(origin, settings.address, form, request)
            return .failure(Refusal(reply: Reply(403, ElsewherePage(settings: settings).page(origin))))
        case .foreign:
            crossSite("foreign-page", form, request)
            return .failure(refusal(.forbidden))
        }
    }

    /// The fields of a form, wherever it comes from, of at most so many octets.
    func fields(
        _ request: PortalRequest, _ body: RequestBody, most: Int
    ) async -> Result<FormFields, Refusal> {
        guard request.isForm else { return .failure(refusal(.notAForm)) }
        if let length = request.contentLength, length > most {
            return .failure(refusal(.tooLarge))
        }
        do {
            let octets = try await body.collect(upTo: most)
            return .success(try FormFields(parsing: Array(octets.readableBytesView).span))
        } catch is NIOTooManyBytesError {
            return .failure(refusal(.tooLarge))
        } catch {
            return .failure(refusal(.badRequest))
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
        _ request: PortalRequest
    ) -> Standing {
        switch token.judge(form["token"], for: secrets, purpose, of: person) {
        case .current: return .good
        case .stale: return form.isProven ? .good : .stale
        case .ofSomebodyElse: return .stale
        case .forged:
            crossSite("form-token", form.name, request)
            return .forged
        }
    }

    /// Counts and logs a form that did not come from a page of ours; the reason is `foreign-page` or `form-token`.
    private func crossSite(_ reason: StaticString, _ form: StaticString, _ request: PortalRequest) {
        audit.crossSiteRefused(reason, form, request)
    }

    private func refusal(_ problem: Problem) -> Refusal { Refusal(reply: Reply(problem, settings)) }
}
