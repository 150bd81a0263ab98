internal import GatehouseCore
internal import GatehouseCrypto

/// A person as a file describes them.
struct FilePerson: Sendable {
    let name: UserName
    /// The stored hash; `nil` for somebody who cannot sign in with a password.
    var password: String?
    var displayName: UTF8Text = ""
    var email: UTF8Text = ""
    var groups: [GroupName] = []
    var isActive = true
    var isStaff = false
    var isSuperuser = false

    init(name: UserName) { self.name = name }

    func identity(backend: BackendName) throws(BackendError) -> Identity {
        let credential: Octets16?
        // Without a password it is that of an empty text: whoever had one before is signed out.
        do { credential = try Digest.credential(password ?? "") } catch { throw .unavailable(reason: "\(error)") }
        return Identity(
            user: UserReference(backend: backend, id: name.text), name: name, displayName: displayName, email: email,
            isStaff: isStaff, isSuperuser: isSuperuser, groups: groups, credential: credential)
    }
}

/// What was read from a file of people.
struct FilePeople: Sendable {
    private(set) var people: [UserName: FilePerson] = [:]
    /// What an operator should know although the file is in use.
    private(set) var remarks: [String] = []

    /// The most people of one file.
    static let limit = 100_000
    /// The longest name, e-mail address or name of a group, in octets.
    static let maxTextLength = 254

    subscript(name: UserName) -> FilePerson? { people[name] }

    /// - Throws: `FileProblem` if the name stands there already or there are too many.
    mutating func add(_ person: FilePerson, line: Int) throws(FileProblem) {
        guard people.count < FilePeople.limit else {
            throw .broken(line: line, "more than \(FilePeople.limit) people")
        }
        guard people.updateValue(person, forKey: person.name) == nil else {
            throw .broken(line: line, "the name stands there twice")
        }
    }

    /// Keeps a remark; beyond 20 only their number is kept.
    mutating func remark(_ text: String) {
        unspoken += remarks.count < 20 ? 0 : 1
        if remarks.count < 20 { remarks.append(text) }
    }

    private var unspoken = 0

    /// What an operator should know, with the number of remarks that were left out.
    var allRemarks: [String] { unspoken == 0 ? remarks : remarks + ["and \(unspoken) more like these"] }
}

/// Why a file of people cannot be used.
enum FileProblem: Error, Equatable {
    /// What stands in it makes no sense: the version before stays in use.
    case broken(line: Int?, String)
    /// It is gone, cannot be read or must not be trusted: nobody can be found out about.
    case unusable(String)

    var reason: String {
        switch self {
        case .broken(let line?, let reason): "line \(line): \(reason)"
        case .broken(nil, let reason), .unusable(let reason): reason
        }
    }
}
