internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats
internal import GatehousePeople
internal import GatehouseTerminal

/// How an answer is printed.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON document.")
    var json = false

    /// Says what a command did: in sentences, or as one document with the same in it; and writes the event down.
    func report(_ sentence: String, _ event: Event, in configuration: Configuration) {
        configuration.audit(event)
        guard !json else { return print(JSON.object(event.json(for: .audit) + document()).text) }
        print(sentence)
    }

    /// The same for a change of people, which is written down already.
    ///
    /// A generated `password` then stands alone on standard output, and the sentences on standard error; it is not in the event.
    func report(
        _ sentence: String, _ recorded: Recorded<some PeopleChanging>, of holder: String = "", password: String? = nil
    ) {
        let change = recorded.value.change
        guard !json else {
            let secret = password.map { [(key: "password", value: JSON.string($0))] } ?? []
            return print(JSON.object(change.event.json(for: .audit) + document(change) + secret).text)
        }
        let say: (String) -> Void = if password == nil { { print($0) } } else { { Terminal.complain($0) } }
        for group in change.made.groups { say("Made the group \(shown(group)).") }
        for permission in change.made.permissions { say("Made the permission \(shown(permission)).") }
        for grant in change.notHeld { say("\(shown(holder)) did not have \(shown(grant)).") }
        say(sentence)
        if let password { print(password) }
    }

    /// What every document has behind the event.
    private func document(_ change: PeopleChange? = nil) -> [(key: String, value: JSON)] {
        [
            ("groups_made", .strings(change?.made.groups ?? [])),
            ("permissions_made", .strings(change?.made.permissions ?? [])),
            ("not_held", .strings(change?.notHeld ?? [])),
        ]
    }
}

/// `1 session`, `2 sessions`.
func sessionCount(_ count: Int) -> String { "\(count) session\(count == 1 ? "" : "s")" }

/// What a change says when the configuration goes on to name what is called otherwise now, or gone.
func warnOfMentions(_ name: NameMention.Name, _ called: String, in configuration: Configuration) {
    let places = configuration.places(naming: name)
    guard !places.isEmpty else { return }
    Terminal.complain("warning: the configuration still names \(shown(called)):")
    for place in places { Terminal.complain("  \(place)") }
}
