internal import GatehouseCore
internal import GatehouseFormats

/// The people of a CSV file, whose first line names the columns.
///
/// An empty cell of `password_hash` or of a flag says nothing; an empty cell of any other column is an empty value.
package struct CSVSource: PeopleSource {
    /// The columns in the order that messages list them.
    enum Column: String, CaseIterable {
        case username
        case passwordHash = "password_hash"
        case email
        case firstName = "first_name"
        case lastName = "last_name"
        case isActive = "is_active"
        case isStaff = "is_staff"
        case isSuperuser = "is_superuser"
        case groups
        case permissions
    }

    private var text: TextBytes
    private var reader = CSVReader()
    private var columns: [Column] = []
    package let notes: [String] = []

    package init(_ bytes: any ByteSource) { text = TextBytes(bytes) }

    package mutating func next() throws(ImportError) -> ImportRecord? {
        if columns.isEmpty { try readHeader() }
        switch try record() {
        case nil: return nil
        case .bad(let line, let reason): return .problem(ImportProblem(line: line, reason: reason))
        case .unclosed(let line, let reason): throw .malformed(line: line, reason: reason)
        case .fields(let fields, let line):
            do {
                return .person(try person(fields, line))
            } catch {
                return .problem(ImportProblem(line: line, reason: error.reason))
            }
        }
    }

    private mutating func record() throws(ImportError) -> CSVReader.Record? {
        var text = text
        defer { self.text = text }
        return try reader.next { () throws(ImportError) in try text.chunk() }
    }

    private mutating func readHeader() throws(ImportError) {
        switch try record() {
        case nil: throw .malformed(line: 1, reason: "the file is empty; its first line must name the columns")
        case .bad(let line, let reason), .unclosed(let line, let reason): throw .malformed(line: line, reason: reason)
        case .fields(let fields, let line):
            do { columns = try CSVSource.columns(fields) } catch { throw .malformed(line: line, reason: error.reason) }
        }
    }

    private static func columns(_ fields: [[UInt8]]) throws(BadLine) -> [Column] {
        var columns: [Column] = []
        for field in fields {
            let name = try TextCheck.text(field, "the name of a column")
            let plain = blankless(name).lowercased()
            guard let column = Column.allCases.first(where: { Array($0.rawValue.utf8) == Array(plain.utf8) }) else {
                throw BadLine("\(Shown.text(name)) is no column\(hint(plain, isOnly: fields.count == 1))")
            }
            guard !columns.contains(column) else { throw BadLine("the column \(column.rawValue) stands there twice") }
            columns.append(column)
        }
        guard columns.contains(.username) else { throw BadLine("there is no column username") }
        return columns
    }

    private static func hint(_ name: String, isOnly: Bool) -> String {
        if isOnly, name.utf8.contains(where: { $0 == UInt8(ascii: ";") || $0 == 0x09 }) {
            return "; columns are separated by commas"
        }
        let names = Column.allCases.map(\.rawValue)
        if let nearest = Spelling.nearest(to: name, among: names, slips: 2) { return "; did you mean \(nearest)?" }
        return "; the columns are \(names.joined(separator: ", "))"
    }

    private func person(_ fields: [[UInt8]], _ line: Int) throws(BadLine) -> ImportedPerson {
        guard fields.count == columns.count else {
            throw BadLine("has \(fields.count) field\(fields.count == 1 ? "" : "s") instead of \(columns.count)")
        }
        var person = ImportedPerson(line: line, name: "")
        for (column, field) in zip(columns, fields) {
            let text = try TextCheck.text(field, column.rawValue)
            switch column {
            case .username: person.name = UserName(text)
            case .passwordHash: person.encodedPassword = field.isEmpty ? nil : ImportedHash.stored(text)
            case .email: person.email = text
            case .firstName: person.firstName = text
            case .lastName: person.lastName = text
            case .isActive: person.isActive = try CSVSource.flag(text, column)
            case .isStaff: person.isStaff = try CSVSource.flag(text, column)
            case .isSuperuser: person.isSuperuser = try CSVSource.flag(text, column)
            case .groups: person.groups = CSVSource.list(field).map { GroupName($0) }
            case .permissions: person.permissions = CSVSource.list(field).map { PermissionName($0) }
            }
        }
        return person
    }

    /// Yes or no in the spellings of spreadsheets, Python and PostgreSQL; an empty cell says nothing.
    private static func flag(_ text: String, _ column: Column) throws(BadLine) -> Bool? {
        switch blankless(text).lowercased() {
        case "": return nil
        case "true", "t", "yes", "y", "1": return true
        case "false", "f", "no", "n", "0": return false
        default: throw BadLine("\(column.rawValue) must be true or false, is \(Shown.text(text))")
        }
    }

    /// The parts between semicolons, without blanks around them.
    private static func list(_ field: [UInt8]) -> [String] {
        field.split(separator: UInt8(ascii: ";")).map { blankless(String(decoding: $0, as: UTF8.self)) }
            .filter { !$0.isEmpty }
    }

    private static func blankless(_ text: String) -> String {
        let bytes = text.utf8.drop { $0 == 0x20 }
        return String(decoding: bytes.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
    }
}
