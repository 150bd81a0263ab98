internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseTerminal

/// The groups and permissions that somebody gets, in the words of every command that gives some.
struct NewRights: ParsableArguments {
    @Option(name: .long, help: "A group to join; may be repeated.")
    var addGroup: [String] = []

    @Option(name: .long, help: "A permission to get: APP.CODENAME or APP.CODENAME(KIND:ID); may be repeated.")
    var grant: [String] = []

    @OptionGroup var creation: CreationOption

    // What `user add` called the two at first.
    @Option(name: .long, help: .hidden)
    var group: [String] = []

    @Option(name: .long, help: .hidden)
    var permission: [String] = []

    var groups: [GroupName] { (addGroup + group).map { GroupName($0) } }

    func grants() throws(Failure) -> [Grant] {
        var grants: [Grant] = []
        for text in grant + permission { grants.append(try Grant.parsed(text)) }
        return grants
    }

    var missing: MissingNames { creation.missing }
}

/// Whether groups and permissions may come into being by being named.
struct CreationOption: ParsableArguments {
    @Flag(name: .long, help: "Make groups and permissions that do not exist yet; without it they are refused.")
    var create = false

    var missing: MissingNames { create ? .areMade : .areRefused }
}

extension EmailAddress {
    /// - Throws: `ValidationError` for what can be no address; none at all is fine.
    static func require(_ text: String) throws {
        if !text.isEmpty, let problem = EmailAddress.problem(of: text) {
            throw ValidationError("--email \(shown(text)): \(problem)")
        }
    }
}

extension Grant {
    /// - Throws: `Failure.usage` for what is neither spelling.
    static func parsed(_ text: String) throws(Failure) -> Grant {
        guard let grant = Grant(text) else {
            throw .usage(
                "\(shown(text)): a permission is APP.CODENAME or APP.CODENAME(KIND:ID), like reports.view_report(report:42)"
            )
        }
        return grant
    }
}
