package import GatehouseCore

/// A value of a TOML document, with the place where it stands.
package struct TOMLNode: Sendable {
    package enum Content: Sendable {
        case table([Entry])
        case array([TOMLNode])
        case string(UTF8Text)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        case date
    }

    /// A member of a table.
    package struct Entry: Sendable {
        /// Compared byte by byte: no other spelling of the same characters is this key.
        package let key: UTF8Text
        package let value: TOMLNode

        package init(key: UTF8Text, value: TOMLNode) {
            self.key = key
            self.value = value
        }
    }

    /// A line and a column of the file, counted from 1.
    package struct Place: Hashable, Sendable {
        package let line: Int
        package let column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    package let content: Content
    package let place: Place
}
