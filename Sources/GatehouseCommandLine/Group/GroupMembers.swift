internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse group members`.
struct GroupMembers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "List who is in a group; take many people into it or out of it.",
        subcommands: [GroupMembersList.self, GroupMembersAdd.self, GroupMembersRemove.self])
}

/// `gatehouse group members list`.
struct GroupMembersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List who is in a group.",
        discussion: "Exit codes: 0 listed, 1 no such group, 2 usage, 3 no database.")

    @Argument(help: "The group.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var filter = UserFilter()
        filter.group = GroupName(name)
        try await UserList.list(filter, options, output)
    }
}

/// Whom a change of a group's members is about, and the change itself.
struct MembersOptions: ParsableArguments {
    @Argument(help: "The group.")
    var group: String

    @Argument(help: "The people, by the names they sign in with.")
    var names: [String] = []

    @Flag(name: .customLong("stdin"), help: "Read names from standard input too, one a line.")
    var fromStandardInput = false

    func validate() throws {
        guard fromStandardInput || !names.isEmpty else { throw ValidationError("say whom: names, or --stdin") }
    }

    func change(areMembers: Bool, _ options: ConfigurationOptions, _ output: OutputOptions) async throws {
        let all = names + (fromStandardInput ? try Terminal.linesOfStandardInput() : [])
        guard !all.isEmpty else { throw Failure.usage("standard input: holds no name") }
        let door = try await options.people()
        let set = try await door.change { try await $0.setMembers(of: group, all, areMembers: areMembers) }
        let (count, rest) = (set.count, set.unchanged.count)
        let who = "\(count) \(count == 1 ? "person" : "people")"
        var sentence = "Took \(who) \(areMembers ? "into" : "out of") \(shown(group))"
        if rest > 0 {
            sentence += "; \(rest) \(rest == 1 ? "was" : "were") \(areMembers ? "in it already" : "not in it")"
        }
        output.report(sentence + ".", set)
    }
}

/// `gatehouse group members add`.
struct GroupMembersAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Take people into a group: all of them or, if one is unknown, nobody.",
        discussion: """
            Exit codes: 0 done, also for those who were in it already, 1 refused, 2 usage, 3 no database, or done but the session \
            store gave no answer.
            """)

    @OptionGroup var members: MembersOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws { try await members.change(areMembers: true, options, output) }
}

/// `gatehouse group members remove`.
struct GroupMembersRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take people out of a group: all of them or, if one is unknown, nobody.",
        discussion: """
            Exit codes: 0 done, also for those who were not in it, 1 refused, 2 usage, 3 no database, or done but the session store \
            gave no answer.
            """)

    @OptionGroup var members: MembersOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws { try await members.change(areMembers: false, options, output) }
}
