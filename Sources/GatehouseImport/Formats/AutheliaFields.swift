internal import GatehouseCore
internal import GatehouseFormats

/// The fields of one person in Authelia's file, as far as they are read.
struct AutheliaFields {
    private var seen: Set<String> = []
    private var password: String?
    private var displayName: String?
    private var givenName: String?
    private var familyName: String?
    private var email: String?
    private var groups: [GroupName]?
    private var isDisabled: Bool?
    /// The first thing that is wrong.
    var problem: ImportProblem?

    mutating func note(_ problem: ImportProblem) {
        if self.problem == nil { self.problem = problem }
    }

    /// Takes a field.
    ///
    /// - Parameters:
    ///   - key: one of those that are understood.
    ///   - value: the first event of its value.
    ///   - items: the texts of a list, if it is one.
    /// - Throws: `BadLine` for what does not fit.
    mutating func take(_ key: String, _ value: YAMLEvent, _ items: [YAMLScalar]?) throws(BadLine) {
        guard seen.insert(key).inserted else { throw BadLine("\(key) stands there twice") }
        if case .scalar(let scalar) = value, scalar.isNull { return }
        if key == "groups" {
            guard let items else { throw BadLine("groups must be a list") }
            var groups: [GroupName] = []
            for item in items { groups.append(GroupName(try TextCheck.text(item.bytes, "the name of a group"))) }
            self.groups = groups
            return
        }
        guard case .scalar(let scalar) = value else { throw BadLine("\(key) must be a text") }
        if key == "disabled" {
            isDisabled = try AutheliaFields.flag(scalar)
            return
        }
        let text = try TextCheck.text(scalar.bytes, key)
        switch key {
        case "password": password = ImportedHash.stored(text)
        case "displayname": displayName = text
        case "given_name": givenName = text
        case "family_name": familyName = text
        default: email = text
        }
    }

    /// The person with all fields.
    func person(_ name: YAMLScalar) throws(BadLine) -> ImportedPerson {
        let (first, last) = names
        return ImportedPerson(
            line: name.line, name: UserName(try TextCheck.text(name.bytes, "the name")), encodedPassword: password,
            email: email, firstName: first, lastName: last, isActive: isDisabled.map { !$0 }, groups: groups)
    }

    /// Django knows a first and a last name, which are shown with a blank between: the display name is cut at its first one.
    private var names: (first: String?, last: String?) {
        guard givenName == nil, familyName == nil, let displayName else { return (givenName, familyName) }
        let parts = displayName.utf8.split(separator: 0x20, maxSplits: 1)
        guard let first = parts.first else { return ("", "") }
        let last = parts.count == 2 ? parts[1] : ""[...].utf8
        return (String(Substring(first)), String(Substring(last)))
    }

    private static func flag(_ scalar: YAMLScalar) throws(BadLine) -> Bool {
        switch String(decoding: scalar.bytes, as: UTF8.self).lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw BadLine("disabled must be true or false, is \(Shown.text(scalar.bytes))")
        }
    }
}
