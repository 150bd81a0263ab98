internal import GatehouseConfig

extension Reference {
    /// The reference as a page of the documentation.
    package var page: String {
        """
        <!-- Made by tools/configuration-reference from the code that reads the file and from config.example.toml. -->
        # Configuration reference

        Every key of `gatehouse.toml`. The file with all of them to copy from is
        [`config.example.toml`](../../config.example.toml); [`gatehouse.schema.json`](gatehouse.schema.json) lets editors complete
        and check it: with taplo or the TOML extension of VS Code put this line on top of your file:

        ```toml
        #:schema ./gatehouse.schema.json
        ```

        (with the address or path where you keep the schema), or name it on the command line:

        <!-- no test: taplo is no package of Debian 12; Tests/EndToEndTests/Documentation/SchemaTests.swift runs it where it is -->
        ```sh
        taplo check --schema "file://$PWD/deploy/docs/gatehouse.schema.json" gatehouse.toml
        ```

        `gatehouse check` says everything that is wrong at once, with line, key, value and what is allowed; the schema knows types
        and limits, not what keys mean together. Keys that do not exist are errors, with the nearest one that does.

        * Times are written `250ms`, `90s`, `15m`, `1h`, `30d`; sizes `512KiB`, `46MiB`, `1GiB`.
        * A *reference* names a secret and is none: `file:PATH` (mode 0600), `env:NAME` or `credential:NAME` (systemd's
          `LoadCredential`).
        * Relative paths count from the folder of the file.
        * A variable of the environment overrides a key: `GATEHOUSE_SESSIONS__STORE` stands for `sessions.store`; [everything can be
          said by variables](container.md#variables).
        * *Since* names the version that had the key first; "next" stands for the one that comes.

        \(contents)

        \(sections.map(Reference.section).joined(separator: "\n"))
        """
    }

    private var contents: String {
        sections.map { section in
            let heading = Reference.heading(section)
            // As GitHub makes anchors of headings.
            let anchor = heading.lowercased().filter {
                $0.isLetter || $0.isNumber || $0 == " " || $0 == "_" || $0 == "-"
            }
            return "[\(heading)](#\(anchor.replacing(" ", with: "-")))"
        }.joined(separator: " · ")
    }

    private static func heading(_ section: Section) -> String {
        let table = section.isList ? "`[[\(section.path)]]`" : "`[\(section.path)]`"
        return section.backend.map { "\(table), `type = \"\($0)\"`" } ?? table
    }

    private static func section(_ section: Section) -> String {
        var lines = ["## \(heading(section))", ""]
        for paragraph in section.words { lines += [paragraph, ""] }
        guard !section.keys.isEmpty else { return lines.joined(separator: "\n") }
        lines += ["| key | type | default | meaning | since |", "|---|---|---|---|---|"]
        for key in section.keys {
            let example = key.example.map { " Example: \(code($0))." } ?? ""
            let cells = [
                "`\(key.name)`", type(key), key.standard.map(code) ?? "", cell(key.meaning) + example,
                key.since ?? "next",
            ]
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text in a cell of a table.
    private static func cell(_ text: String) -> String {
        let escaped = text.replacing("|", with: "\\|").replacing("<", with: "\\<")
        guard let first = escaped.first else { return "" }
        return first.uppercased() + escaped.dropFirst() + (escaped.last.map { ".!?)".contains($0) } == true ? "" : ".")
    }

    private static func code(_ text: String) -> String {
        let fence = text.contains("`") ? "``" : "`"
        return "\(fence)\(text.replacing("|", with: "\\|"))\(fence)"
    }

    private static func type(_ key: Key) -> String {
        guard !key.members.isEmpty else { return type(key.key.kind, example: key.example ?? key.standard) }
        let members = key.members.map { member in
            "`\(member.path.dropFirst(key.key.path.count + 1))`: \(type(member.kind, example: nil))"
        }
        let words = if case .wordOrTable(let words) = key.key.kind { words } else { [String]() }
        return (words.map { "`\"\($0)\"`" } + ["table of " + members.joined(separator: "; ")]).joined(
            separator: ", or ")
    }

    private static func type(_ kind: ConfigurationKey.Kind, example: String?) -> String {
        switch kind {
        case .text: "text"
        case .secret: example?.hasPrefix("\"file:") == true ? "reference" : "text"
        case .texts: "list of texts"
        case .textOrTexts: "text or list of texts"
        case .textsOrLists: "list of texts and of lists of texts"
        case .flag: "`true` or `false`"
        case .integer(let range): "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number, \(range.lowerBound) to \(range.upperBound)"
        case .duration(let least, let most): "time, `\(least)` to `\(most)`"
        case .size(let least, let most): "size, `\(least)` to `\(most)`"
        case .choice(let words): words.map { "`\"\($0)\"`" }.joined(separator: ", ")
        case .table: "table"
        case .tables: "list of tables"
        case .wordOrTable(let words): words.map { "`\"\($0)\"`" }.joined(separator: ", ") + " or a table"
        case .preset(let words, let names):
            words.map { "`\"\($0)\"`" }.joined(separator: ", ") + ", or a table of "
                + names.map { "`\($0)`" }.joined(separator: ", ")
        }
    }
}
