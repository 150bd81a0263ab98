/// What somebody may do, told apart by where it comes from.
package struct HeldPermissions: Equatable, Sendable {
    /// Granted to the person.
    package private(set) var own: Set<PermissionName>
    /// Granted to one of the person's groups.
    package private(set) var ofGroups: Set<PermissionName>

    package static let none = HeldPermissions()

    package init(own: Set<PermissionName> = [], ofGroups: Set<PermissionName> = []) {
        self.own = own
        self.ofGroups = ofGroups
    }

    package var all: Set<PermissionName> { own.union(ofGroups) }

    package func contains(_ permission: PermissionName) -> Bool {
        own.contains(permission) || ofGroups.contains(permission)
    }

    /// Whether any permission is one of an application of this label.
    package func containsAny(of module: UTF8Text) -> Bool {
        own.contains { $0.isOf(module: module) } || ofGroups.contains { $0.isOf(module: module) }
    }

    package mutating func formUnion(_ other: HeldPermissions) {
        own.formUnion(other.own)
        ofGroups.formUnion(other.ofGroups)
    }
}

extension PermissionName {
    /// Whether the text before the first dot is this one; a codename may hold dots, a label may not.
    func isOf(module: UTF8Text) -> Bool {
        guard let dot = text.bytes.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return text.bytes[..<dot].elementsEqual(module.bytes)
    }
}
