/// Something that contributes permissions: the part of a Django backend that is not about signing in.
///
/// A source that could not find out throws; the question then has no answer, which is never the same as "no".
package protocol PermissionSource: Sendable {
    /// The name by which one source of a chain can be asked alone; unique in a chain.
    var name: BackendName { get }

    /// What somebody may do everywhere, or with an object what they may do with that one.
    func permissions(
        of subject: PermissionSubject, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions

    /// Answers one question; unless a source says otherwise, by looking at all permissions.
    func answer(
        _ question: PermissionQuestion, about subject: PermissionSubject
    ) async throws(BackendError) -> PermissionAnswer

    /// The names of those who hold a permission; unless a source says otherwise, it cannot tell and names nobody.
    func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName>
}

extension PermissionSource {
    /// Django's `BaseBackend.has_perm`, and `has_module_perms` in the same way.
    package func answer(
        _ question: PermissionQuestion, about subject: PermissionSubject
    ) async throws(BackendError) -> PermissionAnswer {
        switch question {
        case .permission(let permission, let object):
            try await permissions(of: subject, on: object).contains(permission) ? .granted : .notMine
        case .module(let module):
            try await permissions(of: subject, on: nil).containsAny(of: module) ? .granted : .notMine
        }
    }

    /// Nobody, as Django answers for a backend without `with_perm`.
    package func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName> { [] }
}

/// What is asked about somebody.
package enum PermissionQuestion: Hashable, Sendable {
    /// Whether they may do something everywhere, or with an object what they may do with that one.
    case permission(PermissionName, on: ObjectReference? = nil)
    /// Whether they may do anything at all in the application of this label.
    case module(UTF8Text)
}

/// What a source says to a question.
package enum PermissionAnswer: Hashable, Sendable {
    case granted
    /// Nothing known of it here: the next source is asked.
    case notMine
    /// A clear no that ends the question, like Django's `PermissionDenied`.
    case refused
}
