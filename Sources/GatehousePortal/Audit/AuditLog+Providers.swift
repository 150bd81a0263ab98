internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions
internal import Logging

/// Lines about sign-ins at providers; never a code, a state or a token.
extension AuditLog {
    /// The provider gave no answer that lets anybody in.
    ///
    /// `told` is for the operator; a refusal of what it sent has its `code`.
    func providerFailed(
        _ problem: ProviderFailure, _ told: String, _ provider: ProviderName, _ purpose: ProviderStart.Purpose,
        _ request: PortalRequest
    ) {
        switch problem {
        case .outage:
            write(
                .unavailable, "a provider does not answer", .nobody, request,
                [(.during, "sign-in"), (.error, .text(told)), (.provider, "\(provider)")])
        case .misconfigured:
            failed("misconfigured", level: .error, told, nil, provider, purpose, request)
        case .denied: failed("denied", told, nil, provider, purpose, request)
        case .interaction: failed("interaction", told, nil, provider, purpose, request)
        case .refused(let code): failed(code.rawValue, level: .warning, told, nil, provider, purpose, request)
        }
    }

    /// Somebody whom the provider may know does not come in.
    func providerRefused(
        _ reason: StaticString, _ words: String?, _ subject: ExternalSubject?, _ provider: ProviderName,
        _ purpose: ProviderStart.Purpose, _ request: PortalRequest
    ) {
        failed("\(reason)", words, subject, provider, purpose, request)
    }

    func providerStartThrottled(_ provider: ProviderName, _ request: PortalRequest) {
        write(
            .signInThrottled, "too many sign-ins were begun", .nobody, request,
            [(.limit, "starts"), (.provider, "\(provider)")])
    }

    /// A message that somebody signed out at a provider is none, or comes again.
    func providerMessageRefused(
        _ reason: String, _ words: String?, _ provider: ProviderName, _ request: PortalRequest
    ) {
        write(
            .providerMessageRefused, "a provider's message was refused", .nobody, request,
            [(.reason, .text(reason)), (.provider, "\(provider)")] + AuditLog.words(words))
    }

    private func failed(
        _ reason: String, level: EventLevel? = nil, _ words: String?, _ subject: ExternalSubject?,
        _ provider: ProviderName, _ purpose: ProviderStart.Purpose, _ request: PortalRequest
    ) {
        var members: [(field: EventField, value: EventValue)] = [
            (.reason, .text(reason)), (.provider, "\(provider)"), (.purpose, .text(purpose.name)),
        ]
        // By which an operator can link somebody who may come in.
        if let subject { members.append((.providerSubject, .text(subject.subject.string))) }
        write(
            .signInFailed, level: level, "sign-in failed", .nobody, request, members + AuditLog.words(words))
    }

    private static func words(_ words: String?) -> [(field: EventField, value: EventValue)] {
        words.map { [(.error, .text($0))] } ?? []
    }
}

/// Why a provider's answer lets nobody in.
enum ProviderFailure: Equatable, Sendable {
    case outage
    case misconfigured
    case denied
    case interaction
    case refused(ProviderRefusal.Code)

    init(_ error: ProviderError) {
        self =
            switch error {
            case .outage: .outage
            case .misconfigured: .misconfigured
            case .denied: .denied
            case .needsInteraction: .interaction
            case .refused(let refusal): .refused(refusal.code)
            }
    }
}

extension ProviderStart.Purpose {
    fileprivate var name: String {
        switch self {
        case .signIn: "sign-in"
        case .link: "link"
        case .stepUp: "step-up"
        }
    }
}
