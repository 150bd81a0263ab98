internal import GatehouseCore
internal import GatehouseFormats

/// What a backend of somebody else's answers: one JSON object.
///
/// Everything that is not exactly one of these is an outage: it could not be found out.
enum ExternalAnswer {
    case authenticated(Identity)
    case notMine
    case refused
    /// The person may not stay signed in.
    case gone
    /// Nothing is known without a password: what was known before holds.
    case unsupported

    private static let maxNameLength = 254
    private static let maxTextLength = 4_096
    private static let maxGroups = 20_000

    /// Reads an answer for a backend.
    ///
    /// `grantsFlags` says whether the other side may make people staff and superusers.
    init(parsing octets: [UInt8], backend: BackendName, grantsFlags: Bool) throws(BackendError) {
        let document: JSONValue
        do { document = try JSONValue(parsing: octets) } catch {
            throw ExternalAnswer.senseless("the answer is not understood: \(error.reason)")
        }
        guard case .string(let result)? = document["result"] else {
            throw ExternalAnswer.senseless("the answer has no \"result\"")
        }
        switch result {
        case "authenticated":
            guard let user = document["user"], case .object = user else {
                throw ExternalAnswer.senseless("the answer has no \"user\"")
            }
            self = .authenticated(try ExternalAnswer.identity(user, backend, grantsFlags: grantsFlags))
        case "not-mine": self = .notMine
        case "refused": self = .refused
        case "gone": self = .gone
        case "unsupported": self = .unsupported
        default: throw ExternalAnswer.senseless("the answer's \"result\" is not known")
        }
    }

    /// What the answer means for a sign-in.
    var authenticationResult: AuthenticationResult {
        get throws(BackendError) {
            switch self {
            case .authenticated(let identity): return .authenticated(identity)
            case .notMine: return .notMine
            case .refused: return .refused
            case .gone, .unsupported:
                throw ExternalAnswer.senseless("a sign-in is answered like a question about a person")
            }
        }
    }

    /// What the answer means for somebody who signed in before.
    func identity(of user: UserReference, known: Identity?) throws(BackendError) -> Identity? {
        switch self {
        case .authenticated(let identity):
            guard identity.user == user else { throw ExternalAnswer.senseless("the answer is about somebody else") }
            return identity
        case .gone: return nil
        case .unsupported:
            guard let known, known.user == user else {
                throw ExternalAnswer.senseless("nobody is known there without a password")
            }
            return known
        case .notMine, .refused:
            throw ExternalAnswer.senseless("a question about a person is answered like a sign-in")
        }
    }

    private static func identity(
        _ user: JSONValue, _ backend: BackendName, grantsFlags: Bool
    ) throws(BackendError) -> Identity {
        guard let id = try text(user, "id", limit: maxNameLength), !id.isEmpty,
            let name = try text(user, "name", limit: maxNameLength), !name.isEmpty, !name.bytes.contains(0)
        else { throw senseless("the answer's user has no \"id\" or no \"name\"") }
        return Identity(
            user: UserReference(backend: backend, id: id), name: UserName(name),
            displayName: try text(user, "display_name", limit: maxTextLength) ?? "",
            email: try text(user, "email", limit: maxTextLength) ?? "",
            isStaff: try flag(user, "staff") && grantsFlags, isSuperuser: try flag(user, "superuser") && grantsFlags,
            groups: try groups(user))
    }

    private static func text(
        _ user: JSONValue, _ name: StaticString, limit: Int
    ) throws(BackendError) -> UTF8Text? {
        guard let value = user[name] else { return nil }
        guard case .string(let text) = value else { throw senseless("the user's \"\(name)\" is no text") }
        guard text.bytes.count <= limit else {
            throw senseless("the user's \"\(name)\" is longer than \(limit) octets")
        }
        return text
    }

    private static func flag(_ user: JSONValue, _ name: StaticString) throws(BackendError) -> Bool {
        guard let value = user[name] else { return false }
        guard case .flag(let flag) = value else { throw senseless("the user's \"\(name)\" is neither true nor false") }
        return flag
    }

    private static func groups(_ user: JSONValue) throws(BackendError) -> [GroupName] {
        guard let value = user["groups"] else { return [] }
        guard case .array(let values) = value else { throw senseless("the user's \"groups\" is no list") }
        guard values.count <= maxGroups else { throw senseless("the user has more than \(maxGroups) groups") }
        var groups: [GroupName] = []
        for value in values {
            guard case .string(let name) = value, !name.isEmpty, name.bytes.count <= maxTextLength else {
                throw senseless("one of the user's groups is no text, or is longer than \(maxTextLength) octets")
            }
            groups.append(GroupName(name))
        }
        return groups
    }

    private static func senseless(_ reason: String) -> BackendError { .unavailable(reason: reason) }
}
