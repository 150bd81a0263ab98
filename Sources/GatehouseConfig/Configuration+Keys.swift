/// What the file may hold.
extension Configuration {
    /// Every key that is read, with what it may hold, in the order in which the code asks.
    ///
    /// They are those that are really asked for while a file with one of each table is read, so that no list can differ from it.
    package static func keys() -> [ConfigurationKey] {
        let common = keys(reading: oneOfEach)
        let type = common.first { $0.path == "backend.type" }?.kind
        guard case .choice(let types) = type else { return common }
        let isOfBackend: (ConfigurationKey) -> Bool = { $0.path.utf8.starts(with: "backend.".utf8) }
        let variants = types.map { type in
            (type: type, keys: keys(reading: "[[backend]]\ntype = \"\(type)\"\n").filter(isOfBackend))
        }
        let shared = variants.first.map { first in
            first.keys.filter { key in variants.allSatisfy { $0.keys.contains(key) } }
        }
        let own = variants.flatMap { variant in
            variant.keys.filter { !(shared ?? []).contains($0) }.map {
                ConfigurationKey(path: $0.path, backend: variant.type, kind: $0.kind)
            }
        }
        return common.filter { !isOfBackend($0) } + (shared ?? []) + own
    }

    /// A table that is read only where it is written, or only where others make sense, has to stand here.
    private static let oneOfEach = """
        [portal]
        url = "https://auth.example.com"
        [mail]
        [tracing]
        [[backend]]
        [[provider]]
        type = "oidc"
        allow = { claims = {} }
        [[application]]
        name = "app"
        hosts = ["app.example.com"]
        [[application.rule]]
        allow = ["signed-in"]
        [[expect]]
        """

    private static func keys(reading text: String) -> [ConfigurationKey] {
        let log = ProblemLog(file: "")
        log.notes = KeyNotes()
        guard let document = try? document(Array(text.utf8), "") else { return [] }
        // What is missing is a problem of this text, and of no interest.
        _ = try? Configuration(document, path: "", mode: 0o600, environment: [:], suffixes: nil, log: log)
        return log.notes?.keys ?? []
    }
}
