/// Which permissions of a person rules and headers can ever ask for: the others need not be remembered.
///
/// A superuser of a large site has tens of thousands of permissions, which no session store wants to hold.
package struct PermissionNeeds: Sendable {
    private let named: Set<PermissionName>
    private let patterns: [NamePattern]
    /// Those that some rule asks for on single objects.
    package let onObjects: [PermissionName]

    /// Takes the names in rules, the patterns of headers, and the names on objects.
    package init(named: Set<PermissionName>, patterns: [NamePattern], onObjects: [PermissionName]) {
        self.named = named
        self.patterns = patterns
        self.onObjects = onObjects
    }

    /// Every permission, and none on objects.
    package static let everything = PermissionNeeds(named: [], patterns: [NamePattern("*")], onObjects: [])

    package func includes(_ permission: PermissionName) -> Bool {
        named.contains(permission) || patterns.contains { $0.matches(permission.text) }
    }
}

extension Policy {
    /// What the rules and the headers of all applications ask for.
    package var permissionNeeds: PermissionNeeds {
        var named: Set<PermissionName> = []
        var onObjects: Set<PermissionName> = []
        for rule in applications.flatMap(\.rules) {
            guard case .allow(let conditions) = rule.verdict else { continue }
            for condition in conditions.flatMap(\.parts) {
                switch condition {
                case .permission(let name): named.insert(name)
                case .objectPermission(let name, _):
                    onObjects.insert(name)
                    // Where the permission on everything counts too.
                    named.insert(name)
                default: break
                }
            }
        }
        return PermissionNeeds(
            named: named, patterns: Array(Set(applications.flatMap(\.disclosure.permissions))),
            onObjects: onObjects.sorted())
    }
}
