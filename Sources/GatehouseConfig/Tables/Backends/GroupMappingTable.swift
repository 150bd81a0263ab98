internal import GatehouseCore

extension GroupMapping {
    /// `groups`, `other_groups`, `staff` and `superusers` of a backend whose people are not in the database.
    ///
    /// - Parameters:
    ///   - table: has them.
    ///   - comparison: says when two names are one there: then they cannot mean two things here.
    ///   - keepsOthers: whether other groups keep their names where the file says nothing of it; `nil`: without a mapping.
    init(_ table: TableReader, comparison: NameComparison = .exact, keepsOthers: Bool? = nil) {
        let mapped = table.table("groups")
        var groups: [GroupName: GroupName] = [:]
        var known: [NameComparison.Key: (name: UTF8Text, local: String)] = [:]
        for (name, local) in mapped.everyString() {
            guard !local.value.isEmpty, local.value.unicodeScalars.count <= 150 else {
                table.log.add(local, "must be the name of a group, of 1 to 150 characters, is \(local.seen)")
                continue
            }
            guard !table.log.refuseBlanks(name.string, in: local), !table.log.refuseBlanks(local.value, in: local)
            else {
                continue
            }
            table.log.mention(.group(GroupName(local.value)), local, isOfDatabase: true)
            if let other = known.updateValue((name, local.value), forKey: comparison.key(GroupName(name))),
                GroupName(other.local) != GroupName(local.value)
            {
                table.log.add(
                    local, "must be the same as for \(Shown.text(other.name.string)), which is the same group there")
            }
            groups[GroupName(name)] = GroupName(UTF8Text(local.value))
        }
        func names(_ key: String) -> Set<GroupName> {
            let names = table.strings(key) ?? []
            table.log.refuseBlanks(names)
            return Set(names.map { GroupName(UTF8Text($0.value)) })
        }
        self.init(
            groups: groups, keepsOthers: table.boolean("other_groups")?.value ?? keepsOthers ?? groups.isEmpty,
            staff: names("staff"),
            superusers: names("superusers"), comparison: comparison)
    }
}
