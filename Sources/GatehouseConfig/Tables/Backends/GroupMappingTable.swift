internal import GatehouseCore

extension GroupMapping {
    /// `groups`, `other_groups`, `staff` and `superusers` of a backend whose people are not in the database.
    init(_ table: TableReader) {
        let mapped = table.table("groups")
        var groups: [GroupName: GroupName] = [:]
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
            groups[GroupName(name)] = GroupName(UTF8Text(local.value))
        }
        func names(_ key: String) -> Set<GroupName> {
            let names = table.strings(key) ?? []
            table.log.refuseBlanks(names)
            return Set(names.map { GroupName(UTF8Text($0.value)) })
        }
        self.init(
            groups: groups, keepsOthers: table.boolean("other_groups")?.value ?? groups.isEmpty, staff: names("staff"),
            superusers: names("superusers"))
    }
}
