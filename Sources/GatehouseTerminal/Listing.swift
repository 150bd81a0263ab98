internal import GatehouseCore
package import GatehouseFormats

/// Text as a terminal may show it: no control characters, nothing that changes the direction of others.
package func shown(_ text: some CustomStringConvertible) -> String {
    SafeText.shown(text.description)
}

/// A listing: a JSON array, or aligned columns under a heading; printed as it comes in.
package struct Listing {
    private let headings: [String]
    private let isJSON: Bool
    private var rows: [[String]] = []
    private var count = 0
    private var hasHeading = false

    /// A listing with these columns.
    package init(_ headings: [String], isJSON: Bool) {
        self.headings = headings
        self.isJSON = isJSON
    }

    /// Adds an entry: the columns, and the same as an object.
    package mutating func add(_ columns: [String], _ object: @autoclosure () -> JSON) {
        if isJSON {
            Output.line(count == 0 ? "[\(object().text)" : ",\(object().text)")
        } else {
            rows.append(columns.map { shown($0) })
            if rows.count == 1_000 { printRows() }
        }
        count += 1
    }

    /// Ends the listing; an empty one says `nothing` instead of a table.
    package mutating func end(_ nothing: String) {
        if isJSON {
            Output.line(count == 0 ? "[]" : "]")
        } else if count == 0 {
            Output.line(nothing)
        } else {
            printRows()
        }
    }

    /// Prints what is there; the widths are those of these rows.
    private mutating func printRows() {
        guard !rows.isEmpty else { return }
        let all = hasHeading ? rows : [headings] + rows
        hasHeading = true
        let widths = headings.indices.map { column in all.map { width($0, column) }.max() ?? 0 }
        for row in all {
            var line = ""
            for (column, text) in row.enumerated() {
                line += text
                if column + 1 < row.count {
                    line += String(repeating: " ", count: widths[column] - width(row, column) + 2)
                }
            }
            Output.line(line)
        }
        rows = []
    }

    private func width(_ row: [String], _ column: Int) -> Int {
        row.indices.contains(column) ? row[column].unicodeScalars.count : 0
    }
}
