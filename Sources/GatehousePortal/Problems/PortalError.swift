internal import GatehouseCore
internal import GatehouseSessions

/// Why a page could not be made: a part of the site gave no answer.
enum PortalError: Error, Equatable, CustomStringConvertible {
    case sessions(SessionError)
    case people(BackendError)
    case store(StoreError)
    /// A password was changed, but the sessions from before could not be ended.
    case sessionsGoOn(SessionError)

    var description: String {
        switch self {
        case .sessions(let error), .sessionsGoOn(let error): error.description
        case .people(let error): error.description
        case .store(let error): error.description
        }
    }
}
