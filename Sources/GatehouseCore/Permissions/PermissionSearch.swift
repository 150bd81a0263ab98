/// Whom `who-can` looks for: the arguments of Django's `UserManager.with_perm`.
package struct PermissionSearch: Hashable, Sendable {
    package let appLabel: UTF8Text
    package let codename: UTF8Text
    /// On which object; `nil` for a permission on everything.
    package let object: ObjectReference?
    /// Only accounts that are active, or only those that are not; `nil` for both.
    package let isActive: Bool?
    /// Whether superusers count without holding the permission, even one that does not exist.
    ///
    /// Without this they still count if it was granted to them.
    package let includesSuperusers: Bool

    /// A name that cannot be asked for: it needs exactly one dot, though `hasPermission` also takes codenames with dots.
    package struct Invalid: Error, Equatable {}

    /// - Throws: `Invalid` where Django raises `ValueError`.
    package init(
        _ permission: PermissionName, on object: ObjectReference? = nil, isActive: Bool? = true,
        includesSuperusers: Bool = true
    ) throws(Invalid) {
        let parts = permission.text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Invalid() }
        appLabel = UTF8Text(wellFormed: Array(parts[0]))
        codename = UTF8Text(wellFormed: Array(parts[1]))
        self.object = object
        self.isActive = isActive
        self.includesSuperusers = includesSuperusers
    }

    private init(_ search: PermissionSearch, on object: ObjectReference?) {
        appLabel = search.appLabel
        codename = search.codename
        self.object = object
        isActive = search.isActive
        includesSuperusers = search.includesSuperusers
    }

    package var permission: PermissionName {
        PermissionName(UTF8Text(wellFormed: appLabel.bytes + [UInt8(ascii: ".")] + codename.bytes))
    }

    /// The same for the permission on everything.
    package var everywhere: PermissionSearch { PermissionSearch(self, on: nil) }
}
